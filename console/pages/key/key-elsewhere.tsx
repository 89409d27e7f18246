import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { keyElsewhereQuery } from '@/queries/key-actions.ts';
import { environments } from '../../../src/core/environments.ts';

/** No key with this id is in the environment of the switch: looks where it is instead. */
export function KeyElsewhere({ id, above }: { readonly id: string; readonly above: ReactNode }) {
  const environment = useEnvironment();
  const [, change] = useFilters();
  const { data: found, isPending } = useQuery(keyElsewhereQuery(environment, id));
  const here = environmentLabel[environment];
  const others = environments.filter((name) => name !== environment).map((name) => environmentLabel[name]);
  const toList = (
    <Button asChild>
      <Link to="/keys">Back to the keys of {here}</Link>
    </Button>
  );
  return (
    <PageFrame title={`No such key in ${here}`} above={above}>
      <div role="status">
        {found ? (
          <Empty
            icon={SearchX}
            title={`${found.name} is a key of ${environmentLabel[found.environment]}`}
            action={
              <>
                <Button
                  tone="primary"
                  onClick={() =>
                    change({ env: found.environment === 'production' ? undefined : found.environment })
                  }
                >
                  Switch to {environmentLabel[found.environment]}
                </Button>
                {toList}
              </>
            }
          >
            <p>You are looking at {here}. Data and keys of one environment are never shown in another.</p>
            <p className="mt-2">
              <EnvironmentBadge environment={found.environment} />
            </p>
          </Empty>
        ) : (
          <Empty icon={SearchX} title={`There is no key with this id in ${here}`} action={toList}>
            <code className="break-all font-mono text-sm">{id}</code>
            <p className="mt-2">
              {isPending
                ? `Looking in ${others.slice(0, -1).join(', ')} and ${others.at(-1)}…`
                : 'It is in no other environment, either. It was deleted, or the address is wrong.'}
            </p>
          </Empty>
        )}
      </div>
    </PageFrame>
  );
}
