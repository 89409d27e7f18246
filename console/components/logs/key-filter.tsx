import { useInfiniteQuery } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { useDeferredValue, useState } from 'react';
import { KeyStatus } from '@/components/keys.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import { keysQuery } from '@/queries/keys.ts';
import { Foreign } from './cells.tsx';

/** Whose requests: one key, found by a part of its name. */
export function KeyFilter({ onChange }: { onChange(keyId: string): void }) {
  return (
    <Popover
      label="Requests of one key"
      trigger={
        <Button>
          Key
          <ChevronDown className="text-muted" aria-hidden />
        </Button>
      }
    >
      <KeyFinder onChange={onChange} />
    </Popover>
  );
}

const shown = 50;

function KeyFinder({ onChange }: { onChange(keyId: string): void }) {
  const environment = useEnvironment();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim()) || undefined;
  const query = useInfiniteQuery(keysQuery(environment, { q }));
  const keys = query.data?.pages[0]?.data.slice(0, shown);
  return (
    <div className="flex flex-col gap-2">
      <Field label="Find a key by its name, id or secret" isLabelHidden>
        <Input
          type="search"
          placeholder="Name, id or secret of the key"
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      {query.isError && !keys && <p className="text-red-ink">{problemOf(query.error).message}</p>}
      {!keys && query.isPending && <Skeleton className="h-24" />}
      {keys?.length === 0 && <p className="text-muted">No key is called that.</p>}
      {keys && keys.length > 0 && (
        <ul className="-mx-1 max-h-64 overflow-y-auto">
          {keys.map((key) => (
            <li key={key.id}>
              <Radix.Close asChild>
                <button
                  type="button"
                  onClick={() => onChange(key.id)}
                  className="flex min-h-8 w-full items-center justify-between gap-3 rounded-md px-2 py-1 text-left outline-offset-[-2px] hover:bg-hover"
                >
                  <Foreign text={key.name} className="min-w-0 truncate" />
                  <span className="text-muted text-sm">
                    <KeyStatus status={key.status} />
                  </span>
                </button>
              </Radix.Close>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
