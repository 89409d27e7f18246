import { ChevronDown, X } from 'lucide-react';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { type Chosen, sources } from './choices.ts';
import { Picker } from './picker.tsx';

interface RecordFilterProps {
  /** "Customer" */
  readonly label: string;
  readonly of: Chosen;
  /** An id; '' is: any. */
  readonly value: string;
  onChange(value: string): void;
}

/** One record of any number, or any. Says in the bar which is chosen. */
export function RecordFilter({ label, of, value, onChange }: RecordFilterProps) {
  const chosen = sources[of].useChosen(value);
  if (value !== '') {
    return (
      <span className="inline-flex h-8 max-w-64 items-center rounded-md border border-accent bg-accent-soft pl-3">
        <span className="truncate font-medium">
          {label}: <bdi>{chosen?.name ?? value}</bdi>
        </span>
        <IconButton label={`Any ${sources[of].noun}`} size="icon-sm" onClick={() => onChange('')}>
          <X />
        </IconButton>
      </span>
    );
  }
  return (
    <Popover
      label={label}
      trigger={
        <Button>
          {label}
          <ChevronDown className="text-muted" aria-hidden />
        </Button>
      }
    >
      <div className="flex flex-col gap-1.5">
        <Picker of={of} value="" onChange={onChange} label={`Find a ${sources[of].noun}`} />
      </div>
    </Popover>
  );
}
