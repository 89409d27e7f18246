import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { PageSkeleton } from '@/components/ui/skeleton.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { keyQuery } from '@/queries/keys.ts';
import { keyArea, useMay } from '@/session.ts';
import type { Environment } from '@/types.ts';
import { environments } from '../../../src/core/environments.ts';
import { draftLike, emptyDraft } from './create/draft.ts';
import { CreateKeyForm } from './create/form.tsx';

export function CreateKeyPage() {
  const may = useMay();
  const here = useEnvironment();
  const [{ like, first }] = useFilters();
  const allowed = environments.filter((environment) => may(keyArea(environment), 'write'));
  const isFirst = first === '1';
  const environment = allowed.includes(here) ? here : allowed.at(-1);
  return (
    <PageFrame
      title={isFirst ? 'Create your first key' : 'Create key'}
      above={<Link to="/keys">API keys</Link>}
      description={
        isFirst
          ? 'Keyward is set up. A key lets one program call the API: say which, what it may do and how much, and copy its secret at the end.'
          : 'One program, one key: so that it can be watched, limited and revoked alone. Scopes and environment never change afterwards.'
      }
    >
      {environment === undefined ? (
        <Empty icon={KeyRound} title="Your role may look at keys, not make them">
          Owners and admins create keys everywhere, developers outside production. For calls of your own there
          are{' '}
          <Link to="/my-keys" className="text-accent underline">
            personal keys
          </Link>
          .
        </Empty>
      ) : like ? (
        <LikeAnother id={like} environment={environment} allowed={allowed} />
      ) : (
        <CreateKeyForm first={emptyDraft(environment)} allowed={allowed} />
      )}
    </PageFrame>
  );
}

interface LikeAnotherProps {
  readonly id: string;
  readonly environment: Environment;
  readonly allowed: readonly Environment[];
}

/** The form, filled in from a key that is there. */
function LikeAnother({ id, environment, allowed }: LikeAnotherProps) {
  const here = useEnvironment();
  // The switch in the header may move on to where the new key shall be; the old one stays where it is.
  const [from] = useState(here);
  const { data: key, error } = useQuery(keyQuery(from, id));
  if (key) {
    return (
      <CreateKeyForm
        key={key.id}
        first={draftLike(key, environment, Date.now())}
        allowed={allowed}
        like={key}
      />
    );
  }
  if (!error) return <PageSkeleton />;
  return (
    <div className="flex flex-col gap-4">
      <ProblemAlert problem={problemOf(error)} />
      <CreateKeyForm first={emptyDraft(environment)} allowed={allowed} />
    </div>
  );
}
