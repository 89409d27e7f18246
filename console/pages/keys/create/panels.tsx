import { CustomerPicker } from '@/components/customer-picker.tsx';
import { IpList } from '@/components/ip-list.tsx';
import { LimitPicker } from '@/components/limit-picker.tsx';
import { ScopePicker } from '@/components/scope-picker.tsx';
import { Field, Textarea } from '@/components/ui/field.tsx';
import { Panel } from '@/components/ui/page.tsx';
import type { Environment } from '@/types.ts';
import type { Draft, Rules } from './draft.ts';
import { EnvironmentCards } from './environment-cards.tsx';
import { ExpiryField } from './expiry-field.tsx';
import { NameField } from './name-field.tsx';
import type { Refusal } from './problems.ts';

interface PanelProps {
  readonly draft: Draft;
  readonly rules: Rules;
  readonly refusal: Refusal;
  edit(changes: Partial<Draft>): void;
}

/** What never changes about a key, and what it is called. */
export function IdentityPanel({
  draft,
  rules,
  refusal: { fields },
  edit,
  allowed,
}: PanelProps & { readonly allowed: readonly Environment[] }) {
  return (
    <Panel title="What it is for">
      <div className="flex flex-col gap-5">
        <NameField
          value={draft.name}
          environment={draft.environment}
          pattern={rules.policy.namePattern}
          error={fields.name}
          onChange={(name) => edit({ name })}
        />
        <Field label="Description" isOptional error={fields.description}>
          <Textarea
            value={draft.description}
            maxLength={1_000}
            rows={2}
            onChange={(event) => edit({ description: event.target.value })}
          />
        </Field>
        <EnvironmentCards
          value={draft.environment}
          allowed={allowed}
          // Customers belong to an environment: those of one mean nothing in another.
          onChange={(environment) => edit({ environment, customerIds: [] })}
        />
      </div>
    </Panel>
  );
}

/** Scopes, limits, and who may use the key until when. */
export function RightsPanels({ draft, rules, refusal: { fields, limits }, edit }: PanelProps) {
  return (
    <>
      <Panel
        title="What it may do"
        description="Tick as little as the program needs. It cannot be changed later; a replacement can have other scopes."
      >
        <ScopePicker
          value={draft.scopes}
          refusalOf={rules.refusalOf}
          error={fields.scopes}
          onChange={(scopes) => edit({ scopes })}
        />
      </Panel>
      <Panel
        title="How much"
        description="Limits can be changed at any time, and count from the next request."
      >
        <LimitPicker
          value={draft.limits}
          allowed={rules.policy.tiers}
          ceiling={rules.policy.ceiling}
          error={fields.limits ?? (draft.limits.tier === 'custom' ? null : Object.values(limits)[0])}
          errors={limits}
          onChange={(next) => edit({ limits: next })}
        />
      </Panel>
      <Panel title="Who may use it, and until when">
        <div className="flex flex-col gap-5">
          <IpList
            text={draft.addresses}
            error={fields.addresses}
            onChange={(addresses) => edit({ addresses })}
          />
          <CustomerPicker
            environment={draft.environment}
            ids={draft.customerIds}
            error={fields.customerIds}
            onChange={(customerIds) => edit({ customerIds })}
          />
          <ExpiryField
            value={draft.expiry}
            policy={rules.policy}
            error={fields.expiry}
            onChange={(expiry) => edit({ expiry })}
          />
        </div>
      </Panel>
    </>
  );
}
