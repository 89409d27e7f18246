import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import { cn } from '@/lib/cn.ts';
import { type CustomerChoice, customerChoiceQuery, customerSearchQuery } from '@/queries/customers-lookup.ts';
import type { Environment } from '@/types.ts';
import { Field, Input } from './ui/field.tsx';

interface CustomerPickerProps {
  readonly environment: Environment;
  readonly ids: readonly string[];
  onChange(ids: readonly string[]): void;
  readonly error?: string | null;
}

/** The customers a key is for. Searches while it is typed into; Enter takes the marked one. */
export function CustomerPicker({ environment, ids, onChange, error }: CustomerPickerProps) {
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [marked, setMarked] = useState(0);
  const list = useId();
  const search = useDeferredValue(text.trim());
  const query = useQuery({ ...customerSearchQuery(environment, search), enabled: isOpen });
  const found = (query.data ?? []).filter(({ id }) => !ids.includes(id));
  const at = Math.min(marked, found.length - 1);
  const add = (customer: CustomerChoice) => {
    onChange([...ids, customer.id]);
    setText('');
    setMarked(0);
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setMarked(found.length === 0 ? 0 : (at + step + found.length) % found.length);
    } else if (event.key === 'Enter') {
      // Else it would send the form that this is in.
      event.preventDefault();
      if (isOpen && found[at]) add(found[at]);
    } else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      setOpen(false);
    } else if (event.key === 'Backspace' && text === '' && ids.length > 0) onChange(ids.slice(0, -1));
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="relative">
        <Field
          label="Customers"
          isOptional
          error={error}
          hint="With customers chosen, the key sees and changes their data only."
        >
          <Input
            role="combobox"
            aria-expanded={isOpen}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={isOpen && found[at] ? `${list}-${found[at].id}` : undefined}
            placeholder="Search by name or e-mail address"
            value={text}
            spellCheck={false}
            onChange={(event) => {
              setText(event.target.value);
              setMarked(0);
              setOpen(true);
            }}
            onFocus={() => setOpen(true)}
            onBlur={() => setOpen(false)}
            onKeyDown={move}
          />
        </Field>
        {isOpen && (
          <Found
            list={list}
            customers={found}
            at={at}
            note={
              query.isPending
                ? 'Searching…'
                : query.isError
                  ? query.error.message
                  : 'No other customer is like that.'
            }
            onMark={setMarked}
            onTake={add}
          />
        )}
      </div>
      {ids.length > 0 && (
        <ul className="flex flex-wrap gap-1.5" aria-label="Customers of this key">
          {ids.map((id) => (
            <Chosen
              key={id}
              id={id}
              environment={environment}
              onRemove={() => onChange(ids.filter((other) => other !== id))}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

interface FoundProps {
  /** Id of the list, and beginning of those of its options. */
  readonly list: string;
  readonly customers: readonly CustomerChoice[];
  /** The marked one. */
  readonly at: number;
  /** In the place of a list that is empty. */
  readonly note: string;
  onMark(index: number): void;
  onTake(customer: CustomerChoice): void;
}

function Found({ list, customers, at, note, onMark, onTake }: FoundProps) {
  return (
    <div className="absolute inset-x-0 top-[60px] z-20 max-h-64 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-lg">
      <div id={list} role="listbox" aria-label="Customers found">
        {customers.map((customer, index) => (
          <div
            key={customer.id}
            id={`${list}-${customer.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            // A click would come too late: the field has lost the focus by then, and the list is closed.
            onMouseDown={(event) => {
              event.preventDefault();
              onTake(customer);
            }}
            onMouseEnter={() => onMark(index)}
            className={cn(
              'flex cursor-default items-center gap-2 rounded-md px-2 py-1.5',
              index === at && 'bg-hover',
            )}
          >
            <Plus className="size-4 shrink-0 text-muted" aria-hidden />
            <span className="truncate">{customer.name}</span>
            {customer.email && <span className="ml-auto truncate text-muted text-sm">{customer.email}</span>}
          </div>
        ))}
      </div>
      {customers.length === 0 && (
        <p className="px-2 py-1.5 text-muted text-sm" role="status">
          {note}
        </p>
      )}
    </div>
  );
}

function Chosen({
  id,
  environment,
  onRemove,
}: {
  readonly id: string;
  readonly environment: Environment;
  onRemove(): void;
}) {
  const { data } = useQuery(customerChoiceQuery(environment, id));
  const name = data?.name ?? id;
  return (
    <li className="inline-flex h-7 max-w-full items-center gap-1 rounded-md border border-line bg-sunken pr-0.5 pl-2 text-sm">
      <span className="truncate" title={id}>
        {name}
      </span>
      <button
        type="button"
        aria-label={`Remove ${name}`}
        onClick={onRemove}
        className="rounded p-1 text-muted hover:bg-hover hover:text-ink"
      >
        <X className="size-3.5" aria-hidden />
      </button>
    </li>
  );
}
