import { useQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { type KeyboardEvent, useRef, useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Input } from '@/components/ui/field.tsx';
import { cn } from '@/lib/cn.ts';
import { scopesQuery } from '@/queries/catalogue.ts';

interface ScopeFilterProps {
  /** '' is: any. */
  readonly value: string;
  onChange(scope: string): void;
}

/** Keys that may do one thing: found by its words or its name. */
export function ScopeFilter({ value, onChange }: ScopeFilterProps) {
  const { data: scopes = [] } = useQuery(scopesQuery);
  const [isOpen, setOpen] = useState(false);
  const chosen = scopes.find(({ name }) => name === value);
  const choose = (scope: string) => {
    onChange(scope);
    setOpen(false);
  };
  return (
    <Radix.Root open={isOpen} onOpenChange={setOpen}>
      <Radix.Trigger asChild>
        <Button className={cn(value !== '' && 'border-accent bg-accent-soft')}>
          {value === '' ? 'Scope' : `Scope: ${chosen?.label ?? value}`}
          <ChevronDown className="text-muted" aria-hidden />
        </Button>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label="Filter by scope"
          className="z-50 w-80 max-w-[calc(100vw-16px)] animate-rise rounded-lg border border-line bg-raised p-2 shadow-lg"
        >
          <Choices value={value} onChoose={choose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Choices({ value, onChoose }: { readonly value: string; onChoose(scope: string): void }) {
  const { data: scopes = [] } = useQuery(scopesQuery);
  const [text, setText] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const words = text.toLowerCase().split(/\s+/);
  const found = scopes.filter(({ name, label }) =>
    words.every((word) => `${name} ${label}`.toLowerCase().includes(word)),
  );
  const move = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const place = buttons.indexOf(event.target as HTMLButtonElement);
    event.preventDefault();
    buttons[place + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only moves the focus between the buttons inside
    <div onKeyDown={move}>
      <Input
        type="search"
        aria-label="Search scopes"
        placeholder="Search scopes"
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && found[0]) onChoose(found[0].name);
        }}
      />
      <div ref={list} className="mt-2 flex max-h-72 flex-col overflow-y-auto">
        {value !== '' && <Choice label="Any scope" onChoose={() => onChoose('')} />}
        {found.map(({ name, label }) => (
          <Choice
            key={name}
            label={label}
            name={name}
            isChosen={name === value}
            onChoose={() => onChoose(name)}
          />
        ))}
        {found.length === 0 && <p className="px-2 py-1.5 text-muted text-sm">No scope is like that.</p>}
      </div>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly name?: string;
  readonly isChosen?: boolean;
  onChoose(): void;
}

function Choice({ label, name, isChosen = false, onChoose }: ChoiceProps) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onChoose}
      className={cn(
        'flex min-h-8 w-full items-center justify-between gap-3 rounded-md px-2 text-left hover:bg-hover focus-visible:bg-hover',
        isChosen && 'font-medium',
      )}
    >
      <span className="truncate">{label}</span>
      {name && <code className="shrink-0 font-mono font-normal text-muted text-xs">{name}</code>}
    </button>
  );
}
