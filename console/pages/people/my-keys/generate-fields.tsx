import { IpList } from '@/components/ip-list.tsx';
import { LimitPicker } from '@/components/limit-picker.tsx';
import { ScopePicker } from '@/components/scope-picker.tsx';
import { Field, Textarea } from '@/components/ui/field.tsx';
import { Panel } from '@/components/ui/page.tsx';
import type { Draft, Rules } from '@/pages/keys/create/draft.ts';
import { ExpiryField } from '@/pages/keys/create/expiry-field.tsx';
import type { Refusal } from '@/pages/keys/create/problems.ts';
import { NameFields } from './name-fields.tsx';

interface GenerateFieldsProps {
  readonly draft: Draft;
  readonly rules: Rules;
  readonly refusal: Refusal;
  onEdit(changes: Partial<Draft>): void;
}

export function GenerateFields({ draft, rules, refusal, onEdit }: GenerateFieldsProps) {
  const { policy } = rules;
  const { fields, limits } = refusal;
  return (
    <>
      <Panel title="What it is for">
        <div className="flex flex-col gap-4">
          <NameFields
            name={draft.name}
            environment={draft.environment}
            pattern={policy.namePattern}
            error={fields.name}
            onChange={(name) => onEdit({ name })}
          />
          <Field label="Description" isOptional error={fields.description}>
            <Textarea
              value={draft.description}
              maxLength={1_000}
              rows={2}
              onChange={(event) => onEdit({ description: event.target.value })}
            />
          </Field>
        </div>
      </Panel>
      <Panel
        title="What it may do"
        description="Within your role, and as little as the program needs. It cannot be changed later. When your role changes, the key changes with it."
      >
        <ScopePicker
          value={draft.scopes}
          refusalOf={rules.refusalOf}
          error={fields.scopes}
          onChange={(scopes) => onEdit({ scopes })}
        />
      </Panel>
      <Panel title="How much, from where, and until when">
        <div className="flex flex-col gap-5">
          <LimitPicker
            value={draft.limits}
            allowed={policy.tiers}
            ceiling={policy.ceiling}
            error={fields.limits}
            errors={limits}
            onChange={(next) => onEdit({ limits: next })}
          />
          <IpList
            text={draft.addresses}
            error={fields.addresses}
            onChange={(addresses) => onEdit({ addresses })}
          />
          <ExpiryField
            value={draft.expiry}
            policy={policy}
            error={fields.expiry}
            onChange={(expiry) => onEdit({ expiry })}
          />
        </div>
      </Panel>
    </>
  );
}
