import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Files, Plus, ScanSearch, Ticket } from 'lucide-react';
import { useState } from 'react';
import { LicenseState, licenseStateChoices } from '@/components/records/license-words.tsx';
import { filtersOf, RecordList } from '@/components/records/record-list.tsx';
import { CustomerLink, ProductName } from '@/components/records/references.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import { CopyButton } from '@/components/ui/copy.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatCount } from '@/lib/format.ts';
import { useFilters } from '@/lib/search-params.ts';
import { licenses } from '@/queries/licenses.ts';
import type { License } from '@/types.ts';
import { CreateLicense, CreateManyLicenses } from './forms.tsx';
import { LicenseTabs } from './tabs.tsx';
import { VerifyLicense } from './verify.tsx';

const columns: readonly Column<License>[] = [
  {
    id: 'key',
    header: 'Licence key',
    isFixed: true,
    className: 'sm:w-80',
    cell: ({ id, key }) => (
      <span className="flex min-w-0 items-center gap-1">
        <Link to="/licenses/$id" params={{ id }} className="truncate font-mono text-sm hover:underline">
          {key}
        </Link>
        <CopyButton text={key} label="Copy the licence key" isIcon className="max-sm:hidden" />
      </span>
    ),
  },
  { id: 'state', header: 'State', className: 'w-28', cell: ({ state }) => <LicenseState state={state} /> },
  {
    id: 'product',
    header: 'Product',
    className: 'hidden md:table-cell',
    cell: ({ productId }) => <ProductName id={productId} />,
  },
  {
    id: 'customer',
    header: 'Customer',
    className: 'hidden lg:table-cell',
    cell: ({ customerId }) => <CustomerLink id={customerId} none="Nobody yet" />,
  },
  {
    id: 'machines',
    header: 'Machines',
    className: 'w-24 text-right hidden sm:table-cell',
    cell: ({ activations, activationLimit }) => (
      <span title={`Activated on ${activations} of ${activationLimit}`}>
        {formatCount(activations)} of {formatCount(activationLimit)}
      </span>
    ),
  },
  {
    id: 'expires',
    header: 'Expires',
    className: 'w-32 hidden xl:table-cell',
    cell: ({ expiresAt }) => <Time at={expiresAt} />,
  },
  {
    id: 'created',
    header: 'Created',
    className: 'w-32 hidden xl:table-cell',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];

const filterNames = ['state', 'productId', 'customerId'];

export function LicensesPage() {
  const environment = useEnvironment();
  const holds = useHolds();
  const mayWrite = holds('licenses:write');
  const [params] = useFilters();
  const query = useInfiniteQuery(licenses.list(environment, filtersOf(params, filterNames)));
  const navigate = useNavigate();
  const [open, setOpen] = useState<'create' | 'many' | 'verify' | null>(null);
  const dialog = {
    productId: params.productId,
    customerId: params.customerId,
    onClose: () => setOpen(null),
  };
  return (
    <PageFrame
      title="Licences"
      description="A licence lets a customer use a product on so many machines. Licensed software asks Keyward whether it may run."
      actions={
        <>
          <Button onClick={() => setOpen('verify')}>
            <ScanSearch aria-hidden />
            Check a key
          </Button>
          {holds('licenses:write', 'bulk:write') && (
            <Button onClick={() => setOpen('many')}>
              <Files aria-hidden />
              Create many
            </Button>
          )}
          {mayWrite && (
            <Button tone="primary" onClick={() => setOpen('create')}>
              <Plus aria-hidden />
              Create licence
            </Button>
          )}
        </>
      }
    >
      <LicenseTabs />
      <RecordList
        label="Licences"
        noun="licence"
        icon={Ticket}
        columns={columns}
        query={query}
        filters={[
          { name: 'state', label: 'State', choices: licenseStateChoices },
          { name: 'productId', label: 'Product', of: 'product' },
          { name: 'customerId', label: 'Customer', of: 'customer' },
        ]}
        onOpen={({ id }) => void navigate({ to: '/licenses/$id', params: { id } })}
        rowClass={({ state }) => (['expired', 'revoked'].includes(state) ? 'text-muted' : undefined)}
        empty="A licence is for a product: create one of those first. Each licence gets a key that the customer types in, and can be activated on as many machines as you say."
        emptyAction={
          mayWrite && (
            <>
              <Button asChild>
                <Link to="/products">See the products</Link>
              </Button>
              <Button tone="primary" onClick={() => setOpen('create')}>
                Create the first licence
              </Button>
            </>
          )
        }
      />
      {open === 'create' && <CreateLicense {...dialog} />}
      {open === 'many' && <CreateManyLicenses {...dialog} />}
      {open === 'verify' && <VerifyLicense onClose={dialog.onClose} />}
    </PageFrame>
  );
}
