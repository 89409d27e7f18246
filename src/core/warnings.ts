import { isGenericName, namingAdvice } from './text.ts';

const dayMs = 86_400_000;

export interface Warning {
  readonly code:
    | 'generic_name'
    | 'inherits_all_scopes'
    | 'rotation_due'
    | 'unused_30_days'
    | 'expires_soon'
    | 'never_used'
    | 'secret_too_old'
    | 'scopes_withheld';
  readonly message: string;
}

export interface WarningFacts {
  readonly name: string;
  readonly inheritsAllScopes: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly expiresAt: number | null;
  readonly rotationDueAt: number;
  /** When the key policy ends the secret for its age; null: never. */
  readonly tooOldSince: number | null;
  /** Of a personal key. */
  readonly ownerRole: string | null;
  /** What it names and that role does not allow. */
  readonly withheldScopes: readonly string[];
}

/** What an administrator should look at on a key, at `now` (epoch ms). */
export function warningsOf(key: WarningFacts, now: number): Warning[] {
  const warnings: Warning[] = [];
  if (isGenericName(key.name)) warnings.push({ code: 'generic_name', message: namingAdvice });
  if (key.inheritsAllScopes) {
    warnings.push({
      code: 'inherits_all_scopes',
      message: 'No scope was chosen, so the key inherits every scope it may have. Name the scopes it needs.',
    });
  }
  if (key.rotationDueAt <= now) {
    warnings.push({ code: 'rotation_due', message: 'The secret is due for rotation. Rotate it.' });
  }
  if (key.tooOldSince !== null && key.tooOldSince <= now) {
    warnings.push({
      code: 'secret_too_old',
      message:
        'The secret is older than the key policy allows, and is refused. Rotate or regenerate the key.',
    });
  }
  if (key.withheldScopes.length > 0) {
    warnings.push({
      code: 'scopes_withheld',
      message: `The role of its owner, ${key.ownerRole}, does not allow ${key.withheldScopes.join(', ')}: the key works without.`,
    });
  }
  warnings.push(...useWarnings(key, now));
  if (key.expiresAt !== null && key.expiresAt > now && key.expiresAt - now <= 14 * dayMs) {
    warnings.push({ code: 'expires_soon', message: 'The key expires within 14 days.' });
  }
  return warnings;
}

function useWarnings(key: WarningFacts, now: number): Warning[] {
  if (key.lastUsedAt === null) {
    const isOld = now - key.createdAt > 7 * dayMs;
    return isOld ? [{ code: 'never_used', message: 'The key is older than a week and was never used.' }] : [];
  }
  if (now - key.lastUsedAt <= 30 * dayMs) return [];
  return [
    { code: 'unused_30_days', message: 'The key has not been used for 30 days. Consider revoking it.' },
  ];
}
