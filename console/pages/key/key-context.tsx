import { createContext, use } from 'react';
import type { KeyTarget } from '@/queries/key-actions.ts';
import type { Key, KeySecret } from '@/types.ts';
import type { KeyRights } from './rights.ts';

/** What can be asked in a dialog over a key's page. */
export type KeyDialog =
  | { readonly kind: 'edit'; readonly focus?: 'name' | 'expiry' }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'regenerate' }
  | { readonly kind: 'replace'; readonly scopes?: readonly string[] }
  | { readonly kind: 'revoke' }
  | { readonly kind: 'activate' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'end-secret'; readonly secret: Pick<KeySecret, 'id' | 'hint' | 'lastUsedAt'> };

export interface KeyPageState {
  readonly apiKey: Key;
  readonly target: KeyTarget;
  readonly rights: KeyRights;
  open(dialog: KeyDialog): void;
}

export const KeyPageContext = createContext<KeyPageState | null>(null);

/** The key whose page this is, for its tabs. */
export function useKeyPage(): KeyPageState {
  const state = use(KeyPageContext);
  if (state === null) throw new Error('There is a page of a key around every tab of it.');
  return state;
}
