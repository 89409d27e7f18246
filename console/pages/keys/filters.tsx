import { useCallback } from 'react';
import { Filter } from '@/components/ui/filter.tsx';
import { SearchField } from '@/components/ui/search.tsx';
import { type SearchParams, useFilters } from '@/lib/search-params.ts';
import { ScopeFilter } from './scope-filter.tsx';

const filterNames = ['q', 'status', 'scope', 'tier', 'owner', 'unusedForDays'] as const;

/** Whether anything in the address leaves keys out. */
export const isFiltered = (search: SearchParams) => filterNames.some((name) => search[name]);

/** The changes that take every filter away. */
export const noFilters: SearchParams = Object.fromEntries(filterNames.map((name) => [name, undefined]));

const statuses = [
  { value: 'active', label: 'Active' },
  { value: 'inactive', label: 'Inactive' },
  { value: 'expired', label: 'Expired' },
];
const tiers = [
  { value: 'starter', label: 'Starter' },
  { value: 'professional', label: 'Professional' },
  { value: 'enterprise', label: 'Enterprise' },
  { value: 'custom', label: 'Custom' },
];
const owners = [
  { value: 'tenant', label: 'Organisation' },
  { value: 'user', label: 'A person' },
];
const unused = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
];

/** Search and filters, which live in the address. */
export function KeyFilterBar() {
  const [{ q, status, scope, tier, owner, unusedForDays }, change] = useFilters();
  const search = useCallback((text: string) => change({ q: text || undefined }), [change]);
  return (
    <>
      <SearchField label="Search by name, id or secret" value={q ?? ''} onSearch={search} />
      <Filter
        label="Status"
        value={status ?? ''}
        choices={statuses}
        onChange={(value) => change({ status: value })}
      />
      <ScopeFilter value={scope ?? ''} onChange={(value) => change({ scope: value })} />
      <Filter label="Tier" value={tier ?? ''} choices={tiers} onChange={(value) => change({ tier: value })} />
      <Filter
        label="Owner"
        value={owner ?? ''}
        choices={owners}
        onChange={(value) => change({ owner: value })}
      />
      <Filter
        label="Unused for"
        value={unusedForDays ?? ''}
        choices={unused}
        onChange={(value) => change({ unusedForDays: value })}
      />
    </>
  );
}
