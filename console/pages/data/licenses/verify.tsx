import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { LicenseState } from '@/components/records/license-words.tsx';
import { RecordFacts } from '@/components/records/record-facts.tsx';
import { CustomerLink, ProductName } from '@/components/records/references.tsx';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { type Problem, problemOf } from '@/problem.ts';
import { verifyLicense } from '@/queries/licenses.ts';
import type { LicenseVerdict } from '@/types.ts';

const reasons: Readonly<Record<NonNullable<LicenseVerdict['reason']>, string>> = {
  unknown_license: 'There is no such licence here. Look for a typing error, and at the environment.',
  revoked: 'The licence is revoked, for ever.',
  expired: 'The licence has expired. A later moment renews it.',
  suspended: 'The licence is suspended. Resume it on its page.',
  not_assigned: 'The licence was not given to a customer yet.',
  not_activated: 'The licence is good, but not activated on this machine.',
};

interface VerifyProps {
  /** Of the licence on whose page one is. */
  readonly licenseKey?: string;
  onClose(): void;
}

/** Asks what licensed software asks, and finds the licence of a key that somebody sent in. */
export function VerifyLicense({ licenseKey = '', onClose }: VerifyProps) {
  const environment = useEnvironment();
  const [key, setKey] = useState(licenseKey);
  const [machineId, setMachineId] = useState('');
  const [verdict, setVerdict] = useState<LicenseVerdict | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      setVerdict(await verifyLicense(environment, key.trim().toUpperCase(), machineId.trim() || undefined));
    } catch (error) {
      setVerdict(null);
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <Dialog
      title="Check a licence key"
      description={`What licensed software is answered in ${environmentLabel[environment]}. Nothing is changed by asking.`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" form={form} tone="primary" isBusy={isBusy}>
            Check
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {problem && <ProblemAlert problem={problem} />}
        <Field label="Licence key">
          <Input
            value={key}
            required
            maxLength={100}
            spellCheck={false}
            autoCapitalize="characters"
            placeholder="7K2QF-9ZC4M-XH31T-0VJ8R-D6WBE"
            className="font-mono"
            onChange={(event) => setKey(event.target.value)}
          />
        </Field>
        <Field
          label="Machine"
          isOptional
          hint="What the machine calls itself. Without it, the question is whether the licence is good at all."
        >
          <Input
            value={machineId}
            maxLength={255}
            spellCheck={false}
            className="font-mono"
            onChange={(event) => setMachineId(event.target.value)}
          />
        </Field>
        <div role="status">{verdict && <Verdict verdict={verdict} onLeave={onClose} />}</div>
      </form>
    </Dialog>
  );
}

function Verdict({ verdict, onLeave }: { readonly verdict: LicenseVerdict; onLeave(): void }) {
  const { valid, reason, license } = verdict;
  const Icon = valid ? CircleCheck : CircleX;
  return (
    <div
      className={cn(
        'rounded-lg border p-3',
        valid ? 'border-green-line bg-green-soft text-green-ink' : 'border-red-line bg-red-soft text-red-ink',
      )}
    >
      <p className="flex items-center gap-2 font-medium">
        <Icon className="size-4 shrink-0" aria-hidden />
        {valid ? 'It may be used' : 'It may not be used'}
      </p>
      {reason && <p className="mt-1">{reasons[reason]}</p>}
      {license && (
        <div className="mt-3 rounded-md border border-line bg-raised p-3 text-ink">
          <RecordFacts
            facts={[
              { label: 'Product', value: <ProductName id={license.productId} /> },
              { label: 'Customer', value: <CustomerLink id={license.customerId} /> },
              { label: 'State', value: <LicenseState state={license.state} /> },
              { label: 'Machines', value: `${license.activations} of ${license.activationLimit}` },
            ]}
          />
          <Button size="sm" className="mt-3" asChild>
            <Link to="/licenses/$id" params={{ id: license.id }} onClick={onLeave}>
              Open the licence
            </Link>
          </Button>
        </div>
      )}
    </div>
  );
}
