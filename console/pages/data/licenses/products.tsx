import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Package, Plus } from 'lucide-react';
import { useState } from 'react';
import { filtersOf, RecordList } from '@/components/records/record-list.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { type SearchParams, useFilters } from '@/lib/search-params.ts';
import { products } from '@/queries/products.ts';
import type { Product } from '@/types.ts';
import { CreateProduct, ProductDrawer } from './product.tsx';
import { LicenseTabs } from './tabs.tsx';

const columns: readonly Column<Product>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    cell: ({ id, name }) => (
      <Link
        to="/products"
        search={(before: SearchParams) => ({ ...before, product: id })}
        resetScroll={false}
        className="font-medium hover:underline"
      >
        <bdi>{name}</bdi>
      </Link>
    ),
  },
  {
    id: 'description',
    header: 'Description',
    className: 'hidden sm:table-cell',
    cell: ({ description }) => <bdi className="text-muted">{description}</bdi>,
  },
  {
    id: 'id',
    header: 'Id',
    className: 'w-72 hidden xl:table-cell',
    isExtra: true,
    cell: ({ id }) => <Copyable text={id} />,
  },
  {
    id: 'created',
    header: 'Created',
    className: 'w-28 sm:w-32',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];

export function ProductsPage() {
  const environment = useEnvironment();
  const mayWrite = useHolds()('licenses:write');
  const [params, change] = useFilters();
  const query = useInfiniteQuery(products.list(environment, filtersOf(params, ['q'])));
  const [isCreating, setCreating] = useState(false);
  return (
    <PageFrame
      title="Products"
      description="What licences are for: a program, a part of one, or a plan."
      actions={
        mayWrite && (
          <Button tone="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            Create product
          </Button>
        )
      }
    >
      <LicenseTabs />
      <RecordList
        label="Products"
        noun="product"
        icon={Package}
        columns={columns}
        query={query}
        search="Search by name or description"
        onOpen={({ id }) => change({ product: id })}
        empty="Give the product that you license a name. Then create licences for it, one or a hundred thousand."
        emptyAction={
          mayWrite && (
            <Button tone="primary" onClick={() => setCreating(true)}>
              Create the first product
            </Button>
          )
        }
      />
      {isCreating && <CreateProduct onClose={() => setCreating(false)} />}
      {params.product && <ProductDrawer id={params.product} onClose={() => change({ product: undefined })} />}
    </PageFrame>
  );
}
