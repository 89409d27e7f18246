import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { withoutSecrets } from '@/lib/typed-text.ts';
import { IconButton } from './button.tsx';
import { Input } from './field.tsx';

interface SearchFieldProps {
  /** "Search keys by name or id" */
  readonly label: string;
  readonly value: string;
  onSearch(text: string): void;
}

const waitMs = 200;

/** Searches while it is typed into. What is typed is shown at once, whatever the network does. */
export function SearchField({ label, value, onSearch }: SearchFieldProps) {
  const [text, setText] = useState(value);
  // Another page may have put something into the address meanwhile.
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onSearch(text.trim()), waitMs);
    return () => clearTimeout(timer);
  }, [text, value, onSearch]);
  return (
    <search className="relative w-72 max-w-full max-sm:w-full">
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        spellCheck={false}
        onChange={(event) => setText(withoutSecrets(event.target.value))}
        className="px-8 [&::-webkit-search-cancel-button]:hidden"
      />
      {text !== '' && (
        <IconButton
          label="Clear the search"
          size="icon-sm"
          className="absolute top-0.5 right-0.5"
          onClick={() => {
            setText('');
            onSearch('');
          }}
        >
          <X />
        </IconButton>
      )}
    </search>
  );
}
