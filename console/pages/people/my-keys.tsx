import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { KeyRound, Plus } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { type Issued, SecretDialog } from '@/components/secret-dialog.tsx';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Filter } from '@/components/ui/filter.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { SearchField } from '@/components/ui/search.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { personalKeysQuery } from '@/queries/personal-keys.ts';
import type { Key } from '@/types.ts';
import { type KeyAction, MyKeyDialogs } from './my-keys/actions.tsx';
import { columnsFor } from './my-keys/columns.tsx';
import { GeneratePage } from './my-keys/generate.tsx';
import { RotationReminder } from './my-keys/reminder.tsx';

const statuses = [
  { value: 'active', label: 'Active' },
  { value: 'inactive', label: 'Inactive' },
  { value: 'expired', label: 'Expired' },
];

/** What the two parts of a personal key are called. */
const labels = { id: 'Credential ID', secret: 'Credential Secret' };

export function MyKeysPage() {
  const environment = useEnvironment();
  const [{ generate }, change] = useFilters();
  const [issued, setIssued] = useState<Issued | null>(null);
  return (
    <>
      {generate === '1' ? (
        <GeneratePage
          key={environment}
          environment={environment}
          onIssued={(made) => setIssued({ ...made, labels })}
        />
      ) : (
        <MyKeys onIssued={(made) => setIssued({ ...made, labels })} />
      )}
      {issued && (
        <SecretDialog
          issued={issued}
          onClose={() => {
            setIssued(null);
            change({ generate: undefined });
          }}
        />
      )}
    </>
  );
}

function GenerateLink({ children }: { readonly children: string }) {
  return (
    <Button tone="primary" asChild>
      <Link to="/my-keys" search={(before: { env?: string }) => ({ env: before.env, generate: '1' })}>
        <Plus aria-hidden />
        {children}
      </Link>
    </Button>
  );
}

function MyKeys({ onIssued }: { onIssued(issued: Issued): void }) {
  const environment = useEnvironment();
  const [{ q, status }, change] = useFilters();
  const query = useInfiniteQuery(personalKeysQuery(environment, { q, status }));
  const rows = useMemo(() => query.data?.pages.flatMap(({ data }) => data) ?? [], [query.data]);
  const [action, setAction] = useState<KeyAction | null>(null);
  const columns = useMemo(() => columnsFor(setAction), []);
  const search = useCallback((text: string) => change({ q: text || undefined }), [change]);
  return (
    <PageFrame
      title="My API keys"
      badge={<EnvironmentBadge environment={environment} />}
      description="Personal keys act for you, and never have more than your role. Make one for each application: then one can be ended without the others."
      actions={<GenerateLink>Generate key</GenerateLink>}
    >
      <RotationReminder keys={rows} onRotate={(apiKey) => setAction({ kind: 'rotate', apiKey })} />
      <DataTable<Key>
        label="My API keys"
        columns={columns}
        query={query}
        idOf={(key) => key.id}
        rowClass={(key) => (key.status === 'active' ? undefined : 'text-muted')}
        toolbar={
          <>
            <SearchField label="Search by name or id" value={q ?? ''} onSearch={search} />
            <Filter
              label="Status"
              value={status ?? ''}
              choices={statuses}
              onChange={(value) => change({ status: value })}
            />
          </>
        }
        empty={
          q || status ? (
            <Empty
              icon={KeyRound}
              title="No key is like that"
              action={<Button onClick={() => change({ q: '', status: '' })}>Clear the filters</Button>}
            >
              None of your keys in {environmentLabel[environment]} passes these filters.
            </Empty>
          ) : (
            <Empty
              icon={KeyRound}
              title={`You have no key in ${environmentLabel[environment]}`}
              action={<GenerateLink>Generate the first one</GenerateLink>}
            >
              A key of your own lets a program of yours call the API with what your role may. You get a
              Credential ID and a Credential Secret; the secret is shown once.
            </Empty>
          )
        }
      />
      {action && <MyKeyDialogs action={action} onAction={setAction} onIssued={onIssued} />}
    </PageFrame>
  );
}
