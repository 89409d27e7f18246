import { X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { IconButton } from '@/components/ui/button.tsx';
import { Input } from '@/components/ui/field.tsx';
import { cn } from '@/lib/cn.ts';
import { problemOf } from '@/problem.ts';
import { type Choice, type Chosen, sources } from './choices.ts';

interface PickerProps {
  readonly of: Chosen;
  /** An id; '' is none. */
  readonly value: string;
  onChange(id: string): void;
  readonly required?: boolean;
  /** Where no `Field` is round it. */
  readonly label?: string;
  readonly autoFocus?: boolean;
}

/** One record of many, found by a part of its name: the server looks. */
export function Picker({ of, value, onChange, required, label, autoFocus }: PickerProps) {
  const chosen = sources[of].useChosen(value);
  const [wasCleared, setCleared] = useState(false);
  if (value === '') {
    return (
      <Finder
        of={of}
        onPick={onChange}
        required={required}
        label={label}
        autoFocus={autoFocus || wasCleared}
      />
    );
  }
  return (
    <span className="relative block">
      <Input aria-label={label} readOnly value={chosen?.name ?? value} className="truncate pr-9" />
      <IconButton
        label={`Choose another ${sources[of].noun}`}
        size="icon-sm"
        className="absolute top-0.5 right-0.5"
        onClick={() => {
          setCleared(true);
          onChange('');
        }}
      >
        <X />
      </IconButton>
    </span>
  );
}

const waitMs = 200;

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), waitMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

interface FinderProps extends Pick<PickerProps, 'of' | 'required' | 'label' | 'autoFocus'> {
  onPick(id: string): void;
}

function Finder({ of, onPick, required, label, autoFocus }: FinderProps) {
  const { noun, useFound } = sources[of];
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const list = useId();
  const { choices = [], error, isPending } = useFinding(useFound, text, isOpen);
  const isListed = isOpen && choices.length > 0;
  const move = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (isListed) setActive((active + step + choices.length) % choices.length);
    } else if (event.key === 'Enter' && isListed) {
      event.preventDefault();
      onPick(choices[Math.min(active, choices.length - 1)]!.id);
    }
  };
  return (
    <>
      <Input
        role="combobox"
        aria-label={label}
        aria-expanded={isListed}
        aria-controls={isListed ? list : undefined}
        aria-autocomplete="list"
        aria-activedescendant={isListed ? `${list}-${Math.min(active, choices.length - 1)}` : undefined}
        placeholder={`Part of the ${noun}’s name`}
        autoFocus={autoFocus}
        required={required}
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={move}
      />
      {isListed && <Choices id={list} noun={noun} choices={choices} active={active} onPick={onPick} />}
      {isOpen && (
        <p role="status" className={cn('text-muted text-sm', isListed && 'sr-only')}>
          {error
            ? problemOf(error).message
            : isPending
              ? 'Looking …'
              : choices.length === 0
                ? text === ''
                  ? `There is no ${noun} yet.`
                  : `No ${noun} is called that.`
                : `${choices.length} shown. Type to narrow them down.`}
        </p>
      )}
    </>
  );
}

function useFinding(useFound: (typeof sources)[Chosen]['useFound'], text: string, isOpen: boolean) {
  const settled = useSettled(text.trim());
  const { choices, error } = useFound(settled, isOpen);
  return { choices, error, isPending: choices === undefined && error === null };
}

interface ChoicesProps {
  readonly id: string;
  readonly noun: string;
  readonly choices: readonly Choice[];
  readonly active: number;
  onPick(id: string): void;
}

function Choices({ id, noun, choices, active, onPick }: ChoicesProps) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label={`${noun}s that fit`}
      className="max-h-56 overflow-y-auto rounded-md border border-line bg-raised p-1"
    >
      {choices.map(({ id: choice, name, note }, place) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active one
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled in the field
        <div
          key={choice}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === active}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onPick(choice)}
          className={cn(
            'flex min-h-8 cursor-default flex-wrap items-baseline gap-x-2 rounded px-2 py-1 hover:bg-hover',
            place === active && 'bg-hover',
          )}
        >
          <bdi className="max-w-full truncate">{name}</bdi>
          {note && <bdi className="max-w-full truncate text-muted text-sm">{note}</bdi>}
        </div>
      ))}
    </div>
  );
}
