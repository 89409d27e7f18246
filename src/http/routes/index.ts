import type { Route } from '../route.ts';
import { catalogueRoutes } from './catalogue.ts';
import { kbRoutes } from './kb.ts';
import { keyToolRoutes } from './key-tools.ts';
import { keyRoutes } from './keys.ts';
import { metaRoutes } from './meta.ts';
import { pageRoutes } from './pages.ts';
import { peopleRoutes } from './people.ts';

/** Every operation of the product. The server, OpenAPI, the reference page and the tests are made from this list. */
export const routes: readonly Route[] = [
  ...metaRoutes(() => routes),
  ...pageRoutes,
  ...peopleRoutes,
  ...keyRoutes,
  ...keyToolRoutes,
  ...catalogueRoutes,
  ...kbRoutes,
];
