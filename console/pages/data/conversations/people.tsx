import { useQuery } from '@tanstack/react-query';
import { KeyLink } from '@/components/records/references.tsx';
import { assigneesQuery } from '@/queries/conversations.ts';
import { useMay, useSession } from '@/session.ts';
import type { Message } from '@/types.ts';

interface Person {
  readonly id: string;
  readonly name: string;
}

/** Members by their names, as far as the role may know them: at least the person who looks. */
export function usePeople(): readonly Person[] {
  const { user } = useSession();
  const mayRead = useMay()('members', 'read');
  const { data = [] } = useQuery({ ...assigneesQuery, enabled: mayRead });
  const others = data.filter(({ id }) => id !== user.id).map(({ id, name }) => ({ id, name }));
  return [{ id: user.id, name: `${user.name} (you)` }, ...others];
}

export function PersonName({ id }: { readonly id: string }) {
  const person = usePeople().find((one) => one.id === id);
  return person ? <bdi>{person.name}</bdi> : <>Another member</>;
}

/** Who sent a message, or wrote it down. */
export function AuthorName({ author }: { readonly author: Message['author'] }) {
  if (author.type === 'key') return <KeyLink id={author.id} />;
  if (author.type === 'user') return <PersonName id={author.id} />;
  return <>Keyward</>;
}
