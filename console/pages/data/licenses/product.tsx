import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { FormField } from '@/components/records/form-control.tsx';
import { FormDialog } from '@/components/records/form-dialog.tsx';
import { Members } from '@/components/records/json.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import {
  changedTexts,
  filledTexts,
  metadataChange,
  metadataField,
  metadataText,
  readMetadata,
} from '@/components/records/values.ts';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import { products } from '@/queries/products.ts';
import type { Product } from '@/types.ts';

const fields: readonly FormField[] = [
  { name: 'name', label: 'Name', maxLength: 200 },
  { kind: 'long', name: 'description', label: 'Description', maxLength: 2_000, isOptional: true },
  metadataField('metadata', 'Metadata', 'A JSON object with what your systems know. No secrets.'),
];

const names = ['name', 'description'];

export function CreateProduct({ onClose }: { onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title="Create a product"
      description={`Licences in ${environmentLabel[environment]} are for it.`}
      action="Create product"
      fields={fields}
      onClose={onClose}
      run={async (values, { idempotencyKey }) => {
        const body = { ...filledTexts(values, names), metadata: readMetadata(values, 'metadata') };
        const { name } = await products.create(environment, body, idempotencyKey);
        toast({ title: `${name} is created` });
        await products.refresh(client);
      }}
    />
  );
}

interface DrawerProps {
  readonly id: string;
  onClose(): void;
}

export function ProductDrawer({ id, onClose }: DrawerProps) {
  const environment = useEnvironment();
  const mayWrite = useHolds()('licenses:write');
  const { data: product, error } = useQuery(products.one(environment, id));
  const [open, setOpen] = useState<'edit' | 'delete' | null>(null);
  if (product && open === 'edit') return <EditProduct product={product} onClose={() => setOpen(null)} />;
  if (product && open === 'delete')
    return <DeleteProduct product={product} onClose={() => setOpen(null)} onDeleted={onClose} />;
  return (
    <Dialog
      title={product?.name ?? 'Product'}
      description={product?.description ?? undefined}
      place="side"
      onClose={onClose}
      footer={
        product && (
          <>
            {mayWrite && (
              <>
                <Button onClick={() => setOpen('delete')}>Delete</Button>
                <Button onClick={() => setOpen('edit')}>Edit</Button>
              </>
            )}
            <Button tone="primary" asChild>
              <Link to="/licenses" search={{ productId: id }}>
                See its licences
              </Link>
            </Button>
          </>
        )
      }
    >
      {error && !product ? (
        <ProblemAlert problem={problemOf(error)} />
      ) : product ? (
        <div className="flex flex-col gap-6">
          <Facts
            facts={[
              { label: 'Id', value: <Copyable text={product.id} /> },
              { label: 'Created', value: <Time at={product.createdAt} as="exact" /> },
              { label: 'Changed', value: <Time at={product.updatedAt} as="exact" /> },
            ]}
          />
          <section>
            <h3 className="mb-2 font-medium">Metadata</h3>
            <Members label="Metadata as JSON" value={product.metadata} />
          </section>
        </div>
      ) : (
        <Skeleton className="h-40" />
      )}
    </Dialog>
  );
}

function EditProduct({ product, onClose }: { readonly product: Product; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title="Change the product"
      action="Save"
      fields={fields}
      initial={{
        name: product.name,
        description: product.description ?? '',
        metadata: metadataText(product.metadata),
      }}
      onClose={onClose}
      run={async (values, { initial }) => {
        const metadata = metadataChange(values, initial, 'metadata');
        await products.change(environment, product.id, {
          ...changedTexts(values, initial, names),
          ...metadata,
        });
        toast({ title: 'The product is changed' });
        await products.refresh(client);
      }}
    />
  );
}

interface DeleteProps {
  readonly product: Product;
  onClose(): void;
  onDeleted(): void;
}

function DeleteProduct({ product: { id, name }, onClose, onDeleted }: DeleteProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete product"
      tone="danger"
      onClose={onClose}
      run={async () => {
        await products.remove(environment, id);
        toast({ title: `${name} is deleted` });
        onDeleted();
        await products.forget(client, environment, id);
      }}
    >
      <p>
        The product is gone for ever. This is refused while there are licences for it, whatever their state:
        delete those first.
      </p>
    </Confirm>
  );
}
