import { version } from '../../version.ts';
import { openapi } from '../openapi.ts';
import type { Route } from '../route.ts';
import { rolesMarkdown } from './roles.ts';

/** What is made from the code and kept in the repository: path from its root → text. */
export function generatedFiles(routes: readonly Route[]): ReadonlyMap<string, string> {
  return new Map([
    ['openapi.json', `${JSON.stringify(openapi(routes, { version }), null, 2)}\n`],
    ['docs/roles.md', rolesMarkdown()],
  ]);
}
