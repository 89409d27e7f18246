import { Search } from 'lucide-react';
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { plural } from '@/lib/format.ts';
import type { Scope } from '@/types.ts';
import { Button } from '../ui/button.tsx';
import { Input } from '../ui/field.tsx';
import { namedScopes } from './choice.ts';
import { groupScopes, type ScopeGroup, searchGroups } from './groups.ts';
import { focusFirstBox, moveBetweenBoxes } from './keyboard.ts';
import { SurfaceRows } from './rows.tsx';

interface ScopeListProps {
  readonly catalogue: readonly Scope[];
  readonly ticks: readonly string[];
  refusalOf(scope: string): string | null;
  onChange(ticks: readonly string[]): void;
}

/** Every scope with a box. Arrow keys go from box to box. */
export function ScopeList({ catalogue, ticks, refusalOf, onChange }: ScopeListProps) {
  const [text, setText] = useState('');
  const groups = useMemo(() => groupScopes(catalogue), [catalogue]);
  const found = searchGroups(groups, text);
  const list = useRef<HTMLDivElement>(null);
  const toggle = (scope: string, isTicked: boolean) =>
    onChange(isTicked ? [...new Set([...ticks, scope])] : ticks.filter((name) => name !== scope));
  const searchKeys = (event: KeyboardEvent) => {
    // Else it would send the form that this is in.
    if (event.key === 'Enter') event.preventDefault();
    if (event.key === 'Escape' && text !== '') {
      event.stopPropagation();
      setText('');
    }
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      focusFirstBox(list.current);
    }
  };
  return (
    <div className="rounded-lg border border-line">
      <div className="flex flex-wrap items-center gap-2 border-line border-b p-2">
        <div className="relative min-w-0 flex-1 basis-56">
          <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />
          <Input
            type="search"
            aria-label="Search scopes"
            placeholder="Search scopes"
            value={text}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={searchKeys}
            className="pl-8"
          />
        </div>
        <span className="text-muted text-sm" role="status">
          {plural(namedScopes(ticks, catalogue).length, 'scope')} ticked
        </span>
        {ticks.length > 0 && (
          <Button size="sm" tone="quiet" onClick={() => onChange([])}>
            Clear
          </Button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only moves the focus between the boxes inside */}
      <div ref={list} onKeyDown={moveBetweenBoxes}>
        {found.map((group) => (
          <Group
            key={group.label}
            group={group}
            ticks={ticks}
            refusalOf={refusalOf}
            onToggle={toggle}
            onTicks={onChange}
          />
        ))}
        {found.length === 0 && <p className="px-3 py-6 text-center text-muted">No scope is like “{text}”.</p>}
      </div>
    </div>
  );
}

interface GroupProps {
  readonly group: ScopeGroup;
  readonly ticks: readonly string[];
  refusalOf(scope: string): string | null;
  onToggle(scope: string, isTicked: boolean): void;
  onTicks(ticks: readonly string[]): void;
}

function Group({ group, ticks, refusalOf, onToggle, onTicks }: GroupProps) {
  const heading = useId();
  const names = group.rows
    .flatMap(({ scopes }) => scopes.map(({ name }) => name))
    .filter((name) => refusalOf(name) === null);
  const hasAll = names.length > 0 && names.every((name) => ticks.includes(name));
  const isList = group.label === 'Channels';
  // Side by side there is no room for a reason at each of them.
  const reasons = isList
    ? new Set(group.rows.flatMap(({ scopes }) => scopes.map(({ name }) => refusalOf(name))))
    : new Set<null>();
  return (
    <section aria-labelledby={heading} className="border-line not-last:border-b px-3 py-2.5">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3">
        <h3 id={heading} className="font-medium">
          {group.label}
        </h3>
        {[group.note, ...reasons].map(
          (note) =>
            note && (
              <p key={note} className="text-muted text-sm">
                {note}
              </p>
            ),
        )}
        {isList && names.length > 1 && (
          <Button
            size="sm"
            tone="quiet"
            className="ml-auto"
            onClick={() =>
              onTicks(
                hasAll ? ticks.filter((name) => !names.includes(name)) : [...new Set([...ticks, ...names])],
              )
            }
          >
            {hasAll ? 'None of them' : 'All of them'}
          </Button>
        )}
      </div>
      <SurfaceRows
        rows={group.rows}
        ticks={ticks}
        refusalOf={refusalOf}
        onToggle={onToggle}
        isCompact={isList}
      />
    </section>
  );
}
