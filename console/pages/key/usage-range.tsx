import { CalendarRange, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Field, Input, Select } from '@/components/ui/field.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import {
  type Before,
  fromUtcInput,
  type Range,
  ranges,
  rangeWords,
  toParam,
  toUtcInput,
} from '@/lib/ranges.ts';
import type { SearchParams } from '@/lib/search-params.ts';
import type { KeyUsage } from '@/types.ts';

interface UsageRangeProps {
  readonly asked: Range;
  readonly usage: KeyUsage | undefined;
  readonly choices: readonly Before[];
  /** A comparison, or `none`. */
  readonly compared: string;
  onChange(changes: SearchParams): void;
}

const noRange = { from: undefined, to: undefined };

/** Which time is shown, and what stands beside it. */
export function UsageRange({ asked, usage, choices, compared, onChange }: UsageRangeProps) {
  const [isOpen, setOpen] = useState(false);
  const { from, to, interval } = usage ?? {
    from: new Date(asked.from).toISOString(),
    to: new Date(asked.to).toISOString(),
    interval: asked.interval,
  };
  const label = ranges.find(({ name }) => name === asked.name)!.label;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented<string>
          label="Time range"
          value={asked.isCustom ? '' : asked.name}
          choices={ranges.map(({ name, label }) => ({ value: name, label }))}
          onChange={(range) => onChange({ ...noRange, range: range === '24h' ? undefined : range })}
        />
        <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <CalendarRange aria-hidden />
          Custom
        </Button>
        {asked.isCustom && (
          <Button onClick={() => onChange(noRange)}>
            <RotateCcw aria-hidden />
            Back to {label}
          </Button>
        )}
        <Select
          aria-label="Held against"
          className="ml-auto w-64 max-sm:ml-0"
          value={compared}
          disabled={choices.length === 0}
          onChange={(event) => onChange({ compare: event.target.value })}
        >
          <option value="none">Without a comparison</option>
          {choices.map(({ value, label }) => (
            <option key={value} value={value}>
              Beside {label}
            </option>
          ))}
        </Select>
      </div>
      {isOpen && <CustomRange key={`${from} ${to}`} from={from} to={to} onChange={onChange} />}
      <p className="text-muted text-sm" role="status">
        {rangeWords(Date.parse(from), Date.parse(to), interval)}
        {asked.isLive && '. It moves on by itself each 30 seconds.'}
      </p>
    </div>
  );
}

interface CustomRangeProps {
  readonly from: string;
  readonly to: string;
  onChange(changes: SearchParams): void;
}

/** The way to a part of a chart for those who do not drag over it. */
function CustomRange({ from, to, onChange }: CustomRangeProps) {
  const [start, setStart] = useState(toUtcInput(Date.parse(from)));
  const [end, setEnd] = useState(toUtcInput(Math.min(Date.parse(to), Date.now())));
  const [first, last] = [fromUtcInput(start), fromUtcInput(end)];
  const isTooShort = first !== null && last !== null && last - first < 2 * 60_000;
  return (
    <form
      className="flex flex-wrap items-start gap-3 rounded-lg border border-line bg-raised p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (first === null || last === null || isTooShort) return;
        onChange({ from: toParam(first), to: toParam(last) });
      }}
    >
      <Field label="From (UTC)" className="w-56">
        <Input
          type="datetime-local"
          required
          value={start}
          onChange={(event) => setStart(event.target.value)}
        />
      </Field>
      <Field
        label="To (UTC)"
        className="w-56"
        error={isTooShort ? 'At least two minutes later than the beginning.' : null}
      >
        <Input type="datetime-local" required value={end} onChange={(event) => setEnd(event.target.value)} />
      </Field>
      <Button type="submit" tone="primary" className="mt-6.5">
        Show
      </Button>
    </form>
  );
}
