import type { Scope } from '@/types.ts';

export interface SurfaceRow {
  readonly surface: string;
  readonly label: string;
  /** What there is to read or to change; says the label, too, unless `label` stands beside it. */
  readonly what: string;
  readonly isLabelShown: boolean;
  readonly scopes: readonly Scope[];
}

export interface ScopeGroup {
  readonly label: string;
  readonly note: string | null;
  readonly rows: readonly SurfaceRow[];
}

const operations = new Set(['webhooks', 'jobs', 'bulk', 'logs', 'analytics']);

const groupLabels = {
  data: 'Data',
  channels: 'Channels',
  operations: 'Operations',
  sensitive: 'Keys and audit',
} as const;
type GroupId = keyof typeof groupLabels;

function groupOf(scope: Scope): GroupId {
  if (!scope.inheritable) return 'sensitive';
  if (scope.surface.startsWith('channels.')) return 'channels';
  return operations.has(scope.surface) ? 'operations' : 'data';
}

function rowOf(surface: string, scopes: readonly Scope[]): SurfaceRow {
  const first = scopes[0]!;
  const label = first.label.replace(/ (Read|Write|Channel|Management)$/, '');
  const what = first.description.replace(/\.$/, '').replace(/^Read (the )?/, '');
  return {
    surface,
    label,
    what: what.charAt(0).toUpperCase() + what.slice(1),
    isLabelShown: !what.toLowerCase().includes(label.toLowerCase()),
    scopes,
  };
}

/** The catalogue as it is shown: a row for what can be read and written, in groups that belong together. */
export function groupScopes(catalogue: readonly Scope[]): ScopeGroup[] {
  const ids = Object.keys(groupLabels) as GroupId[];
  return ids.flatMap((id) => {
    const scopes = catalogue.filter((scope) => groupOf(scope) === id);
    if (scopes.length === 0) return [];
    // Verifying is another right than managing, although it is about the same thing.
    const rowKey = (scope: Scope) => (scope.action === 'verify' ? scope.name : scope.surface);
    const rows = [...Map.groupBy(scopes, rowKey)].map(([key, those]) => rowOf(key, those));
    const note = id === 'sensitive' ? 'In no bundle and never inherited: these are always named.' : null;
    return [{ label: groupLabels[id], note, rows }];
  });
}

/** The rows that a search leaves; an empty one leaves all. */
export function searchGroups(groups: readonly ScopeGroup[], text: string): ScopeGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (group: ScopeGroup, row: SurfaceRow) => {
    const said = [
      group.label,
      row.label,
      row.what,
      ...row.scopes.flatMap((s) => [s.name, s.label, s.description]),
    ]
      .join(' ')
      .toLowerCase();
    return words.every((word) => said.includes(word));
  };
  return groups
    .map((group) => ({ ...group, rows: group.rows.filter((row) => matches(group, row)) }))
    .filter(({ rows }) => rows.length > 0);
}
