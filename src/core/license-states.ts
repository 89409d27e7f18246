/** What a licence is, as it is stored; that its time has come is seen when somebody looks. */
export const licenseStates = ['available', 'assigned', 'active', 'suspended', 'expired', 'revoked'] as const;
export type LicenseState = (typeof licenseStates)[number];

export const licenseActions = [
  'assign',
  'activate',
  'deactivate',
  'suspend',
  'resume',
  'expire',
  'revoke',
] as const;
export type LicenseAction = (typeof licenseActions)[number];

/** From which states an action may be taken. All others are refused. */
export const licenseTransitions: Readonly<Record<LicenseAction, readonly LicenseState[]>> = {
  assign: ['available', 'assigned'],
  activate: ['assigned', 'active'],
  deactivate: ['active', 'suspended', 'expired'],
  suspend: ['assigned', 'active'],
  resume: ['suspended'],
  expire: ['available', 'assigned', 'active', 'suspended'],
  revoke: ['available', 'assigned', 'active', 'suspended', 'expired'],
};

export interface LicenseFacts {
  readonly customerId: string | null;
  readonly isSuspended: boolean;
  readonly isRevoked: boolean;
  /** Epoch ms. */
  readonly expiresAt: number | null;
  /** Machines on which it is activated. */
  readonly machines: number;
}

/** The state follows from the facts, so that no two of them can ever disagree. */
export function licenseState(facts: LicenseFacts, now: number): LicenseState {
  if (facts.isRevoked) return 'revoked';
  if (facts.expiresAt !== null && facts.expiresAt <= now) return 'expired';
  if (facts.isSuspended) return 'suspended';
  if (facts.machines > 0) return 'active';
  return facts.customerId === null ? 'available' : 'assigned';
}

export function allowsAction(state: LicenseState, action: LicenseAction): boolean {
  return licenseTransitions[action].includes(state);
}

/** Why a licence may not be used. */
export const licenseReasons = [
  'unknown_license',
  'revoked',
  'expired',
  'suspended',
  'not_assigned',
  'not_activated',
] as const;
export type LicenseReason = (typeof licenseReasons)[number];
