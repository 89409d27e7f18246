import { useQuery } from '@tanstack/react-query';
import { ChevronDown, X } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { type ReactNode, useCallback } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Field, Select } from '@/components/ui/field.tsx';
import { Menu, MenuRadio } from '@/components/ui/menu.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { SearchField } from '@/components/ui/search.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatExact } from '@/lib/format.ts';
import {
  chipsOf,
  type FilterChip,
  fromLocalField,
  type LogFilterName,
  type LogFilters,
  logMethods,
  noLogFilters,
  refusalCodes,
  sinceMinutes,
  statusClasses,
  timePresets,
  toLocalField,
} from '@/lib/log-filters.ts';
import type { SearchParams } from '@/lib/search-params.ts';
import { keyQuery } from '@/queries/keys.ts';
import { Foreign } from './cells.tsx';
import { KeyFilter } from './key-filter.tsx';
import { TextFilter } from './text-filter.tsx';

interface FilterBarProps {
  readonly filters: LogFilters;
  /** On the page of a key, its own requests are the only ones. */
  readonly isOfKey: boolean;
  change(changes: SearchParams): void;
}

/** What can be asked of the log. Every answer to it stands in the address, and as a chip that can be taken away. */
export function FilterBar({ filters, isOfKey, change }: FilterBarProps) {
  const search = useCallback((q: string) => change({ q: q || undefined }), [change]);
  return (
    <>
      <SearchField label="Request id or path" value={filters.q ?? ''} onSearch={search} />
      <Menu align="start" trigger={<Trigger>Status</Trigger>}>
        <MenuRadio
          value={filters.statusClass ?? ''}
          choices={[{ value: '', label: 'Any' }, ...statusClasses]}
          onChange={(statusClass) => change({ statusClass, status: undefined })}
        />
      </Menu>
      {!isOfKey && <KeyFilter onChange={(keyId) => change({ keyId })} />}
      <TimeFilter filters={filters} change={change} />
      <MoreFilters filters={filters} change={change} />
    </>
  );
}

function Trigger({ children, ...rest }: { readonly children: ReactNode }) {
  return (
    <Button {...rest}>
      {children}
      <ChevronDown className="text-muted" aria-hidden />
    </Button>
  );
}

type PartProps = Pick<FilterBarProps, 'filters' | 'change'>;

function TimeFilter({ filters, change }: PartProps) {
  const from = useCallback((value: string) => change({ from: fromLocalField(value) }), [change]);
  const to = useCallback((value: string) => change({ to: fromLocalField(value) }), [change]);
  return (
    <Popover label="When" trigger={<Trigger>Time</Trigger>}>
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap gap-1.5">
          {timePresets.map(({ minutes, label }) => (
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
          hint="Your own time zone. With an end, nothing comes in live. Within an hour or less, the search finds any part of a path."
          type="datetime-local"
          step={1}
          value={toLocalField(filters.to)}
          onSettled={to}
        />
      </div>
    </Popover>
  );
}

function MoreFilters({ filters, change }: PartProps) {
  return (
    <Popover label="More filters" trigger={<Trigger>More</Trigger>}>
      <div className="flex flex-col gap-3">
        <Choice name="code" label="Code" values={refusalCodes} filters={filters} change={change} />
        <div className="grid grid-cols-2 gap-3">
          <Choice name="method" label="Method" values={logMethods} filters={filters} change={change} />
          <Typed name="status" label="Exact status" filters={filters} change={change} />
        </div>
        <Typed
          name="route"
          label="Route"
          hint="The template: /api/v1/kb/articles/{id}"
          filters={filters}
          change={change}
        />
        <Typed name="ip" label="Address" filters={filters} change={change} />
        <Typed
          name="clientRequestId"
          label="Caller’s request id"
          hint="What the caller sent as X-Request-Id"
          filters={filters}
          change={change}
        />
      </div>
    </Popover>
  );
}

interface NamedProps extends PartProps {
  readonly name: LogFilterName;
  readonly label: string;
}

function Choice({
  name,
  label,
  values,
  filters,
  change,
}: NamedProps & { readonly values: readonly string[] }) {
  const value = filters[name] ?? '';
  return (
    <Field label={label}>
      <Select value={value} onChange={(event) => change({ [name]: event.target.value })}>
        <option value="">Any</option>
        {value !== '' && !values.includes(value) && <option value={value}>{value}</option>}
        {values.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function Typed({ name, label, hint, filters, change }: NamedProps & { readonly hint?: string }) {
  const settle = useCallback(
    (value: string) =>
      change({ [name]: value || undefined, ...(name === 'status' && value && { statusClass: undefined }) }),
    [change, name],
  );
  return (
    <TextFilter
      label={label}
      hint={hint}
      value={filters[name] ?? ''}
      onSettled={settle}
      inputMode={name === 'status' ? 'numeric' : undefined}
    />
  );
}

/** The filters that are set, each to be taken away. Nothing where there are none. */
export function FilterChips({ filters, isOfKey, change }: FilterBarProps) {
  const chips = chipsOf(filters, isOfKey ? ['q', 'keyId'] : ['q']);
  if (chips.length === 0) return null;
  return (
    <ul aria-label="Filters" className="order-last flex basis-full flex-wrap items-center gap-1.5">
      {chips.map((chip) => (
        <li
          key={chip.name}
          className="inline-flex h-7 max-w-full items-center gap-1 rounded-md border border-accent/40 bg-accent-soft pr-0.5 pl-2 text-sm"
        >
          <span className="min-w-0 truncate">
            {chip.label}: <ChipValue chip={chip} />
          </span>
          <button
            type="button"
            aria-label={`Remove the filter ${chip.label}`}
            title="Remove"
            onClick={() => change({ [chip.name]: undefined })}
            className="rounded p-1 hover:bg-hover"
          >
            <X className="size-3.5" aria-hidden />
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <Button tone="quiet" size="sm" onClick={() => change({ ...noLogFilters, q: filters.q })}>
            Clear all
          </Button>
        </li>
      )}
    </ul>
  );
}

function ChipValue({ chip: { name, value } }: { readonly chip: FilterChip }) {
  if (name === 'keyId') return <KeyName id={value} />;
  if ((name === 'from' || name === 'to') && !Number.isNaN(Date.parse(value))) {
    return <time dateTime={value}>{formatExact(value)}</time>;
  }
  return <Foreign text={value} className="font-medium" />;
}

/** A key that was deleted has requests, and no name any more. */
function KeyName({ id }: { readonly id: string }) {
  const { data } = useQuery({ ...keyQuery(useEnvironment(), id), retry: false, staleTime: 60_000 });
  return <Foreign text={data?.name ?? id} className="font-medium" />;
}
