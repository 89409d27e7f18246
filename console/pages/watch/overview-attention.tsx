import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { Badge, type Tone } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { alertNames } from '@/lib/flag-names.ts';
import { formatCount, plural } from '@/lib/format.ts';
import type { OverviewTotals } from '@/types.ts';
import { ConcernActions } from './overview-actions.tsx';
import type { Concern, ConcernGroup, Urgency } from './overview-flags.ts';

/** What is shown of a group until more is asked for. */
const firstShown = 4;

export const toneOf: Readonly<Record<Urgency, Tone>> = { now: 'red', due: 'amber', tidy: 'neutral' };

interface AttentionProps {
  readonly groups: readonly ConcernGroup[];
  readonly totals: OverviewTotals | null;
  readonly opened: ReadonlySet<Urgency>;
  onOpen(opened: ReadonlySet<Urgency>): void;
  /** Shows the keys with one flag in the table. */
  onFilter(code: string): void;
}

/** What is wrong with which keys, why, and the click that settles it. */
export function Attention({ groups, totals, opened, onOpen, onFilter }: AttentionProps) {
  if (groups.length === 0) {
    return (
      <Panel title="Needs attention">
        <p className="flex items-center gap-2 text-muted">
          <CircleCheck className="size-4 shrink-0 text-green-ink" aria-hidden />
          {totals
            ? `Nothing does: ${plural(totals.keys, 'key')} ${totals.keys === 1 ? 'was' : 'were'} looked at.`
            : 'The keys are being looked at. What needs attention appears here.'}
        </p>
      </Panel>
    );
  }
  const toggle = (urgency: Urgency) => {
    const next = new Set(opened);
    if (!next.delete(urgency)) next.add(urgency);
    onOpen(next);
  };
  return (
    <Panel title="Needs attention" isFlush>
      {groups.map((group) => (
        <Group
          key={group.urgency}
          group={group}
          totals={totals}
          isOpen={opened.has(group.urgency)}
          onToggle={() => toggle(group.urgency)}
          onFilter={onFilter}
        />
      ))}
    </Panel>
  );
}

interface GroupProps {
  readonly group: ConcernGroup;
  readonly totals: OverviewTotals | null;
  readonly isOpen: boolean;
  onToggle(): void;
  onFilter(code: string): void;
}

function Group({ group, totals, isOpen, onToggle, onFilter }: GroupProps) {
  const { urgency, title, concerns, codes } = group;
  const shown = isOpen ? concerns : concerns.slice(0, firstShown);
  const tone = toneOf[urgency];
  // Where there are very many keys, the first page does not have all that are flagged.
  const others = codes.flatMap((code) => {
    const total = (totals?.flags as Partial<Record<string, number>> | undefined)?.[code] ?? 0;
    return total > concerns.filter((concern) => concern.code === code).length ? [{ code, total }] : [];
  });
  return (
    <section aria-label={title}>
      <h3 className="border-line border-y bg-sunken px-4 py-1.5 font-medium text-muted text-sm">
        {title} ({formatCount(concerns.length)})
      </h3>
      <ul>
        {shown.map((concern) => (
          <ConcernRow key={`${concern.keyId} ${concern.code}`} concern={concern} tone={tone} />
        ))}
      </ul>
      {(concerns.length > firstShown || others.length > 0) && (
        <div className="flex flex-wrap gap-2 border-line border-t px-3 py-2">
          {concerns.length > firstShown && (
            <Button tone="quiet" size="sm" aria-expanded={isOpen} onClick={onToggle}>
              {isOpen ? 'Show fewer' : `Show ${concerns.length - firstShown} more`}
            </Button>
          )}
          {others.map(({ code, total }) => (
            <Button key={code} tone="quiet" size="sm" onClick={() => onFilter(code)}>
              {alertNames[code]}: list all {formatCount(total)}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

function ConcernRow({ concern, tone }: { readonly concern: Concern; readonly tone: Tone }) {
  const { keyId, name, code, cause, action, since } = concern;
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 not-first:border-t border-line px-4 py-3">
      <div className="min-w-0 flex-1 basis-96 max-sm:basis-full">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={tone}>{alertNames[code]}</Badge>
          <Link
            to="/keys/$id"
            params={{ id: keyId }}
            className="min-w-0 break-words font-medium hover:underline"
          >
            {name}
          </Link>
          {since && (
            <span className="text-muted text-sm">
              began <Time at={since} />
            </span>
          )}
        </p>
        <p className="mt-1">{cause}</p>
        <p className="text-muted">{action}</p>
      </div>
      <div className="flex flex-wrap gap-2">
        <ConcernActions concern={concern} />
      </div>
    </li>
  );
}
