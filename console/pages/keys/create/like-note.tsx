import { Link } from '@tanstack/react-router';
import { Alert } from '@/components/ui/alert.tsx';
import { environmentLabel } from '@/environment.ts';
import type { Key } from '@/types.ts';
import type { Draft } from './draft.ts';

/** Says where the form was filled in from, and what was not taken over. */
export function LikeNote({ like, draft }: { readonly like: Key; readonly draft: Draft }) {
  const isElsewhere = draft.environment !== like.environment;
  return (
    <Alert tone="blue">
      Filled in like{' '}
      <Link to="/keys/$id" params={{ id: like.id }} className="font-medium underline">
        {like.name}
      </Link>
      . The new key has a secret, limits and a history of its own.
      {isElsewhere && like.customerIds.length > 0 && (
        <> Its customers belong to {environmentLabel[like.environment]} and were left out.</>
      )}
      {like.owner === 'user' && <> It was a personal key; this one belongs to the organisation.</>}
      {like.inheritsAllScopes && <> It inherits everything: choose here what the new one needs.</>}
    </Alert>
  );
}
