import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Members } from '@/components/records/json.tsx';
import { LicenseState } from '@/components/records/license-words.tsx';
import { RecordFacts } from '@/components/records/record-facts.tsx';
import { ListLink, RecordPage } from '@/components/records/record-page.tsx';
import { CustomerLink, ProductName } from '@/components/records/references.tsx';
import { Copyable, CopyButton } from '@/components/ui/copy.tsx';
import { PageFrame, Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { licenses } from '@/queries/licenses.ts';
import type { License } from '@/types.ts';
import { LicenseActions } from './actions.tsx';
import { Activations } from './activations.tsx';

export function LicensePage() {
  const environment = useEnvironment();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(licenses.one(environment, id));
  return (
    <RecordPage query={query} noun="licence" list={{ to: '/licenses', label: 'Licences' }}>
      {(license) => <Shown license={license} />}
    </RecordPage>
  );
}

function Shown({ license }: { readonly license: License }) {
  const { id, key, state, productId, customerId, expiresAt, revokedAt, metadata } = license;
  return (
    <PageFrame
      title="Licence"
      badge={<LicenseState state={state} />}
      above={<ListLink to="/licenses">Licences</ListLink>}
      description={
        <span className="flex flex-wrap items-center gap-2">
          <span className="break-all font-mono text-ink">{key}</span>
          <CopyButton text={key} label="Copy the licence key" isIcon />
        </span>
      }
      actions={<LicenseActions license={license} />}
    >
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title="Facts">
            <RecordFacts
              facts={[
                { label: 'Product', value: <ProductName id={productId} /> },
                { label: 'Customer', value: <CustomerLink id={customerId} none="Nobody yet" /> },
                { label: 'Expires', value: <Time at={expiresAt} as="exact" /> },
                ...(revokedAt ? [{ label: 'Revoked', value: <Time at={revokedAt} as="exact" /> }] : []),
                { label: 'Id', value: <Copyable text={id} /> },
                { label: 'Created', value: <Time at={license.createdAt} as="exact" /> },
                { label: 'Changed', value: <Time at={license.updatedAt} as="exact" /> },
                {
                  label: 'Telemetry',
                  value: (
                    <Link to="/telemetry" search={{ licenseId: id }} className="hover:underline">
                      Records about the licence
                    </Link>
                  ),
                },
              ]}
            />
          </Panel>
          <Panel title="Metadata">
            <Members label="Metadata as JSON" value={metadata} />
          </Panel>
        </div>
        <Activations license={license} />
      </div>
    </PageFrame>
  );
}
