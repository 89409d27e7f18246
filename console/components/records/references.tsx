import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEnvironment } from '@/environment.ts';
import { contacts } from '@/queries/contacts.ts';
import { customers } from '@/queries/customers.ts';
import { keyQuery } from '@/queries/keys.ts';
import { licenses } from '@/queries/licenses.ts';
import { products } from '@/queries/products.ts';
import type { Contact } from '@/types.ts';

export const contactName = ({ name, email, phone, id }: Contact) => name ?? email ?? phone ?? id;

/** Names change rarely, and lists show the same ones again and again. */
const kept = { staleTime: 5 * 60_000, retry: false } as const;

interface ReferenceProps {
  /** null: it belongs to none. */
  readonly id: string | null;
  /** What stands where there is none. */
  readonly none?: string;
}

interface NamedProps extends ReferenceProps {
  readonly to: string;
  /** undefined: it is being fetched, or it is gone. */
  readonly name: string | undefined;
  readonly isPending: boolean;
}

/** Another record by its name, asked for once however often it is shown. One that is gone keeps its id. */
function Named({ to, id, none = 'None', name, isPending }: NamedProps) {
  if (id === null) return <span className="text-muted">{none}</span>;
  if (isPending) return <Coming />;
  if (name === undefined) return <code className="font-mono text-muted text-sm">{id}</code>;
  return (
    <Link to={to} params={{ id }} className="hover:underline">
      <bdi>{name}</bdi>
    </Link>
  );
}

/** A name that is being fetched: it stands in the middle of a line. */
function Coming() {
  return (
    <span
      aria-hidden
      className="inline-block h-4 w-24 animate-pulse rounded bg-sunken align-middle motion-reduce:animate-none"
    />
  );
}

export function CustomerLink(props: ReferenceProps) {
  const query = customers.one(useEnvironment(), props.id ?? '');
  const { data, isPending } = useQuery({ ...query, ...kept, enabled: props.id !== null });
  return <Named {...props} to="/customers/$id" name={data?.name} isPending={isPending} />;
}

export function ContactLink(props: ReferenceProps) {
  const query = contacts.one(useEnvironment(), props.id ?? '');
  const { data, isPending } = useQuery({ ...query, ...kept, enabled: props.id !== null });
  return <Named {...props} to="/contacts/$id" name={data && contactName(data)} isPending={isPending} />;
}

export function LicenseLink(props: ReferenceProps) {
  const query = licenses.one(useEnvironment(), props.id ?? '');
  const { data, isPending } = useQuery({ ...query, ...kept, enabled: props.id !== null });
  return <Named {...props} to="/licenses/$id" name={data?.key} isPending={isPending} />;
}

export function KeyLink({ id }: { readonly id: string }) {
  const { data, isPending } = useQuery({ ...keyQuery(useEnvironment(), id), ...kept });
  return <Named id={id} to="/keys/$id" name={data?.name} isPending={isPending} />;
}

/** Products have no page of their own. */
export function ProductName({ id }: { readonly id: string }) {
  const { data, isPending } = useQuery({ ...products.one(useEnvironment(), id), ...kept });
  if (isPending) return <Coming />;
  return <bdi>{data?.name ?? id}</bdi>;
}
