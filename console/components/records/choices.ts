import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEnvironment } from '@/environment.ts';
import type { recordQueries } from '@/lib/record-queries.ts';
import { contacts } from '@/queries/contacts.ts';
import { customers } from '@/queries/customers.ts';
import { products } from '@/queries/products.ts';
import { contactName } from './references.tsx';

/** A record that a form or a filter can name. */
export interface Choice {
  readonly id: string;
  readonly name: string;
  readonly note: string | null;
}

interface Found {
  readonly choices: readonly Choice[] | undefined;
  readonly error: Error | null;
}

interface Source {
  readonly noun: string;
  useFound(text: string, isAsked: boolean): Found;
  /** The one that is chosen; undefined while it is fetched or where there is none. */
  useChosen(id: string): Choice | undefined;
}

const shown = 8;
const keptMs = 5 * 60_000;

function source<T extends { readonly id: string }>(
  noun: string,
  queries: ReturnType<typeof recordQueries<T>>,
  choiceOf: (record: T) => Choice,
): Source {
  return {
    noun,
    useFound(text, isAsked) {
      const environment = useEnvironment();
      const { data, error } = useQuery({
        ...queries.few(environment, { q: text || undefined }, shown),
        enabled: isAsked,
        placeholderData: keepPreviousData,
      });
      return { choices: data?.data.map(choiceOf), error };
    },
    useChosen(id) {
      const environment = useEnvironment();
      const query = queries.one(environment, id);
      const { data } = useQuery({ ...query, enabled: id !== '', staleTime: keptMs, retry: false });
      return data && choiceOf(data);
    },
  };
}

export const sources = {
  customer: source('customer', customers, ({ id, name, email }) => ({ id, name, note: email })),
  contact: source('contact', contacts, (contact) => {
    const name = contactName(contact);
    const note = [contact.email, contact.phone].find((address) => address !== null && address !== name);
    return { id: contact.id, name, note: note ?? null };
  }),
  product: source('product', products, ({ id, name, description }) => ({ id, name, note: description })),
} satisfies Record<string, Source>;

export type Chosen = keyof typeof sources;
