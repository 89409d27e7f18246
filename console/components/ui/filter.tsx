import { ChevronDown } from 'lucide-react';
import { cn } from '@/lib/cn.ts';
import { Button } from './button.tsx';
import { Menu, MenuRadio } from './menu.tsx';

interface FilterProps {
  /** "Status" */
  readonly label: string;
  /** '' is: any. */
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  onChange(value: string): void;
}

/** One value of a few, or any. Says in the bar which is chosen. */
export function Filter({ label, value, choices, onChange }: FilterProps) {
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <Menu
      align="start"
      trigger={
        <Button className={cn(chosen && 'border-accent bg-accent-soft')}>
          {chosen ? `${label}: ${chosen.label}` : label}
          <ChevronDown className="text-muted" aria-hidden />
        </Button>
      }
    >
      <MenuRadio value={value} onChange={onChange} choices={[{ value: '', label: 'Any' }, ...choices]} />
    </Menu>
  );
}
