import { ChevronDown, Download, X } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { useCallback } from 'react';
import { TextFilter } from '@/components/logs/text-filter.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Field, Select } from '@/components/ui/field.tsx';
import { Filter } from '@/components/ui/filter.tsx';
import { Menu, MenuItem, MenuLabel } from '@/components/ui/menu.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { environmentLabel } from '@/environment.ts';
import { actionLabel, auditActions } from '@/lib/audit-words.ts';
import { formatExact } from '@/lib/format.ts';
import { fromLocalField, sinceMinutes, timePresets, toLocalField } from '@/lib/log-filters.ts';
import type { SearchParams } from '@/lib/search-params.ts';
import { type AuditFilters, auditExportUrl } from '@/queries/audit.ts';
import { ActorName } from './audit-log-names.tsx';

interface PartProps {
  readonly filters: AuditFilters;
  change(changes: SearchParams): void;
}

const places = Object.entries(environmentLabel).map(([value, label]) => ({ value, label }));

export function AuditFilterBar({ filters, change }: PartProps) {
  const { action, environment } = filters;
  return (
    <>
      <Field label="Action" isLabelHidden className="w-64 max-sm:w-full">
        <Select value={action ?? ''} onChange={(event) => change({ action: event.target.value })}>
          <option value="">Any action</option>
          {action && !auditActions.includes(action) && <option value={action}>{action}</option>}
          {auditActions.map((each) => (
            <option key={each} value={each}>
              {actionLabel(each)}
            </option>
          ))}
        </Select>
      </Field>
      <Filter
        label="Environment"
        value={environment ?? ''}
        choices={places}
        onChange={(value) => change({ in: value })}
      />
      <MoreFilters filters={filters} change={change} />
      <ExportMenu filters={filters} />
      <Chips filters={filters} change={change} />
    </>
  );
}

function MoreFilters({ filters, change }: PartProps) {
  const actor = useCallback((value: string) => change({ actorId: value || undefined }), [change]);
  const target = useCallback((value: string) => change({ targetId: value || undefined }), [change]);
  const from = useCallback((value: string) => change({ from: fromLocalField(value) }), [change]);
  const to = useCallback((value: string) => change({ to: fromLocalField(value) }), [change]);
  return (
    <Popover
      label="More filters"
      trigger={
        <Button>
          Who and when
          <ChevronDown className="text-muted" aria-hidden />
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <TextFilter
          label="Who did it"
          hint="Id of a person, key or job: usr_…, key_…"
          value={filters.actorId ?? ''}
          onSettled={actor}
        />
        <TextFilter
          label="To what"
          hint="Id of what was changed"
          value={filters.targetId ?? ''}
          onSettled={target}
        />
        <div className="flex flex-wrap gap-1.5">
          {timePresets.slice(1).map(({ minutes, label }) => (
            <Radix.Close key={minutes} asChild>
              <Button
                size="sm"
                onClick={() => change({ from: sinceMinutes(minutes, Date.now()), to: undefined })}
              >
                {label}
              </Button>
            </Radix.Close>
          ))}
        </div>
        <TextFilter
          label="From"
          type="datetime-local"
          step={1}
          value={toLocalField(filters.from)}
          onSettled={from}
        />
        <TextFilter
          label="Before"
          type="datetime-local"
          step={1}
          value={toLocalField(filters.to)}
          onSettled={to}
        />
      </div>
    </Popover>
  );
}

/** An export has the times of the filters alone: with other gaps, nobody could verify it. */
function ExportMenu({ filters }: Pick<PartProps, 'filters'>) {
  return (
    <Menu
      align="start"
      trigger={
        <Button>
          <Download aria-hidden />
          Export
        </Button>
      }
    >
      <MenuLabel>
        {filters.from || filters.to
          ? 'Every entry of the time that is chosen, in the order of the chain'
          : 'Every entry, in the order of the chain'}
      </MenuLabel>
      {(['ndjson', 'csv'] as const).map((format) => (
        <MenuItem key={format} asChild>
          <a href={auditExportUrl(format, filters)} download={`audit-log.${format}`}>
            {format === 'csv' ? 'CSV, for spreadsheets' : 'NDJSON, for keyward audit verify'}
          </a>
        </MenuItem>
      ))}
    </Menu>
  );
}

const chipLabels = { actorId: 'By', targetId: 'To', from: 'From', to: 'Before' } as const;

function Chips({ filters, change }: PartProps) {
  const set = (['actorId', 'targetId', 'from', 'to'] as const).filter((name) => filters[name]);
  if (set.length === 0) return null;
  return (
    <ul aria-label="Filters" className="order-last flex basis-full flex-wrap items-center gap-1.5">
      {set.map((name) => (
        <li
          key={name}
          className="inline-flex h-7 max-w-full items-center gap-1 rounded-md border border-accent/40 bg-accent-soft pr-0.5 pl-2 text-sm"
        >
          <span className="min-w-0 truncate">
            {chipLabels[name]}: <ChipValue name={name} value={filters[name]!} />
          </span>
          <button
            type="button"
            aria-label={`Remove the filter ${chipLabels[name]}`}
            title="Remove"
            onClick={() => change({ [name]: undefined })}
            className="rounded p-1 hover:bg-hover"
          >
            <X className="size-3.5" aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

function ChipValue({ name, value }: { readonly name: keyof typeof chipLabels; readonly value: string }) {
  if (name === 'actorId') return <ActorName id={value} environment={null} />;
  if (name === 'targetId' || Number.isNaN(Date.parse(value)))
    return <bdi className="font-medium">{value}</bdi>;
  return <time dateTime={value}>{formatExact(value)}</time>;
}
