import { Status } from '@/components/ui/badge.tsx';
import type { License } from '@/types.ts';
import { licenseStates } from '../../../src/core/license-states.ts';

type State = License['state'];

const tones = {
  available: 'neutral',
  assigned: 'blue',
  active: 'green',
  suspended: 'amber',
  expired: 'amber',
  revoked: 'red',
} as const;

const words: Readonly<Record<State, string>> = {
  available: 'Available',
  assigned: 'Assigned',
  active: 'Active',
  suspended: 'Suspended',
  expired: 'Expired',
  revoked: 'Revoked',
};

export const licenseStateChoices = licenseStates.map((value) => ({ value, label: words[value] }));

export function LicenseState({ state }: { readonly state: State }) {
  return <Status tone={tones[state]}>{words[state]}</Status>;
}
