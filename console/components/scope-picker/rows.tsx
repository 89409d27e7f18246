import { useId } from 'react';
import { cn } from '@/lib/cn.ts';
import type { Scope } from '@/types.ts';
import { Checkbox } from '../ui/field.tsx';
import type { SurfaceRow } from './groups.ts';

interface RowsProps {
  readonly rows: readonly SurfaceRow[];
  readonly ticks: readonly string[];
  refusalOf(scope: string): string | null;
  onToggle(scope: string, isTicked: boolean): void;
  /** Side by side, by their names alone. */
  readonly isCompact: boolean;
}

const actionWords = { read: 'Read', write: 'Write', verify: 'Verify' } as const;

/** Why not all of a row can be given; names what it is about where that is a part of the row. */
function reasonOf({ scopes }: SurfaceRow, refusalOf: RowsProps['refusalOf']): string | null {
  const refused = scopes.filter(({ name }) => refusalOf(name) !== null);
  const reasons = new Set(refused.map(({ name }) => refusalOf(name)));
  if (reasons.size === 1 && refused.length === scopes.length) return [...reasons].join('');
  return (
    refused.map(({ name, action }) => `${actionWords[action]}: ${lowered(refusalOf(name)!)}`).join(' ') ||
    null
  );
}

const lowered = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

export function SurfaceRows({ rows, ticks, refusalOf, onToggle, isCompact }: RowsProps) {
  const boxOf = (scope: Scope, row: SurfaceRow, label: string) => (
    <ScopeBox
      key={scope.name}
      scope={scope}
      label={label}
      isTicked={ticks.includes(scope.name)}
      isImplied={row.scopes.some((one) => ticks.includes(one.name) && one.implies.includes(scope.name))}
      reason={refusalOf(scope.name)}
      onToggle={(isTicked) => onToggle(scope.name, isTicked)}
    />
  );
  if (isCompact) {
    return (
      <div className="grid grid-cols-2 gap-x-4 gap-y-0.5 sm:grid-cols-4" data-row>
        {rows.map((row) => row.scopes.map((scope) => boxOf(scope, row, row.label)))}
      </div>
    );
  }
  return rows.map((row) => {
    const reason = reasonOf(row, refusalOf);
    return (
      <div
        key={`${row.surface} ${row.scopes[0]!.action}`}
        data-row
        className="flex flex-wrap items-center gap-x-4 py-1 sm:flex-nowrap"
      >
        <div className="min-w-0 flex-1 basis-full sm:basis-auto">
          {row.isLabelShown ? (
            <>
              {row.label} <span className="text-muted text-sm">· {row.what}</span>
            </>
          ) : (
            row.what
          )}
          {reason && <span className="text-muted text-sm"> · {reason}</span>}
        </div>
        <div className="flex shrink-0">
          {row.scopes.length === 1 && row.scopes[0]!.action === 'write' && (
            <span className="w-32 max-sm:hidden" aria-hidden />
          )}
          {row.scopes.map((scope) => (
            <div key={scope.name} className={scope.action === 'read' ? 'w-32' : 'w-20'}>
              {boxOf(scope, row, actionWords[scope.action])}
            </div>
          ))}
          {row.scopes.length === 1 && row.scopes[0]!.action === 'read' && (
            <span className="w-20 max-sm:hidden" aria-hidden />
          )}
        </div>
      </div>
    );
  });
}

interface ScopeBoxProps {
  readonly scope: Scope;
  readonly label: string;
  readonly isTicked: boolean;
  /** Comes with another one that is ticked. */
  readonly isImplied: boolean;
  readonly reason: string | null;
  onToggle(isTicked: boolean): void;
}

function ScopeBox({ scope, label, isTicked, isImplied, reason, onToggle }: ScopeBoxProps) {
  const id = useId();
  const isLocked = isImplied || (reason !== null && !isTicked);
  const said = scope.label.includes(label) ? scope.label : `${scope.label} (${label})`;
  return (
    <label
      htmlFor={id}
      title={`${scope.name}: ${scope.description}`}
      className={cn('inline-flex min-h-7 items-center gap-2', isLocked ? 'text-muted' : 'cursor-pointer')}
    >
      <Checkbox
        id={id}
        aria-label={`${said}${isImplied ? ', implied by write' : ''}`}
        checked={isTicked || isImplied}
        disabled={isLocked}
        onChange={onToggle}
      />
      {label}
      {isImplied && <span className="text-xs">implied</span>}
    </label>
  );
}
