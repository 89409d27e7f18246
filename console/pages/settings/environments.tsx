import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { SettingsForm } from '@/components/settings/form.tsx';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { SwitchField } from '@/components/ui/field.tsx';
import { NumberField } from '@/components/ui/number.tsx';
import { Facts, Panel } from '@/components/ui/page.tsx';
import { useDraft } from '@/lib/draft.ts';
import { formatCount } from '@/lib/format.ts';
import { environmentsQuery } from '@/queries/catalogue.ts';
import { type Tenant, tenantQuery, useChangeTenant } from '@/queries/settings.ts';
import { useMay } from '@/session.ts';
import type { Environment, EnvironmentInfo } from '@/types.ts';
import { addressesOf } from '../../../src/core/addresses.ts';
import { environmentOfHost } from '../../../src/core/environments.ts';
import { rateLimitBounds } from '../../../src/core/tiers.ts';

type Ceiling = NonNullable<Tenant['ceilings'][Environment]>;

const firstCeiling: Ceiling = { perMinute: 10_000, burst: 1_000, perDay: 10_000_000 };

/** Where each environment answers, and what all of its keys together may ask for. */
export function EnvironmentSettings() {
  const { data: environments } = useSuspenseQuery(environmentsQuery);
  const may = useMay();
  const { data: tenant } = useQuery({ ...tenantQuery, enabled: may('members', 'read') });
  const addresses = addressesOf(location.origin, environmentOfHost(location.hostname, []));
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <p className="text-muted">
        The host decides the environment of a request. Whoever runs Keyward maps hosts of your own with{' '}
        <code className="font-mono text-sm">KEYWARD_HOSTS</code>.
      </p>
      {environments.map((environment) => {
        const place = { environment, origin: addresses[environment.name].origin ?? location.origin };
        const saved = tenant?.ceilings[environment.name] ?? null;
        return tenant ? (
          <CeilingForm key={`${environment.name} ${JSON.stringify(saved)}`} {...place} saved={saved} />
        ) : (
          <Panel key={environment.name} title={environment.label} description={environment.description}>
            <Place {...place} />
          </Panel>
        );
      })}
    </div>
  );
}

interface PlaceProps {
  readonly environment: EnvironmentInfo;
  readonly origin: string;
}

function Place({ environment, origin }: PlaceProps) {
  return (
    <Facts
      facts={[
        { label: 'Colour', value: <EnvironmentBadge environment={environment.name} /> },
        { label: 'Answers at', value: <Copyable text={origin} /> },
        { label: 'Secrets begin with', value: <Copyable text={environment.secretPrefix} /> },
      ]}
    />
  );
}

interface CeilingFormProps extends PlaceProps {
  readonly saved: Ceiling | null;
}

function CeilingForm({ environment, origin, saved }: CeilingFormProps) {
  const mayWrite = useMay()('members', 'write');
  const change = useChangeTenant();
  const draft = useDraft<{ ceiling: Ceiling | null }>({ ceiling: saved });
  const { ceiling } = draft.value;
  const set = (part: Partial<Ceiling>) => ceiling && draft.set({ ceiling: { ...ceiling, ...part } });
  return (
    <SettingsForm
      title={environment.label}
      description={environment.description}
      mayWrite={mayWrite}
      isChanged={draft.isChanged}
      isBusy={change.isPending}
      error={change.error}
      onSave={() => change.mutate({ ceilings: { [environment.name]: ceiling } })}
      onReset={draft.reset}
    >
      <Place environment={environment} origin={origin} />
      <SwitchField
        label="Ceiling"
        hint={
          ceiling
            ? `All keys together: never more than ${formatCount(ceiling.perMinute + ceiling.burst)} requests in any 60 seconds, and ${formatCount(ceiling.perDay)} a day (UTC).`
            : 'A limit over all keys together, on top of each key’s own. There is none.'
        }
        checked={ceiling !== null}
        disabled={!mayWrite}
        onChange={(isOn) => draft.set({ ceiling: isOn ? (saved ?? firstCeiling) : null })}
      />
      {ceiling && (
        <div className="flex flex-wrap gap-4">
          <NumberField
            label="A minute"
            min={1}
            max={rateLimitBounds.perMinute}
            value={ceiling.perMinute}
            onChange={(perMinute) => perMinute !== null && set({ perMinute })}
          />
          <NumberField
            label="Burst"
            min={0}
            max={ceiling.perMinute}
            value={ceiling.burst}
            onChange={(burst) => burst !== null && set({ burst })}
          />
          <NumberField
            label="A day"
            min={1}
            max={rateLimitBounds.perDay}
            value={ceiling.perDay}
            onChange={(perDay) => perDay !== null && set({ perDay })}
          />
        </div>
      )}
    </SettingsForm>
  );
}
