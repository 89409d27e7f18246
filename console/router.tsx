import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { Gates } from './components/gates.tsx';
import { RouteProblem, UnknownPage } from './components/shell/route-problem.tsx';
import { Shell } from './components/shell/shell.tsx';
import { PageSkeleton } from './components/ui/skeleton.tsx';
import { Toaster } from './components/ui/toast.tsx';
import { forgetDeclined } from './gates.ts';
import { parseSearch, stringifySearch } from './lib/search-params.ts';
import { Problem } from './problem.ts';
import { queryClient } from './query-client.ts';
import { sessionQuery } from './session.ts';

interface Context {
  readonly client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  validateSearch: (search): Record<string, string> => search as Record<string, string>,
  search: { middlewares: [retainSearchParams<Record<string, string>>(['env'])] },
  component: () => (
    <>
      <Outlet />
      <Gates />
      <Toaster />
    </>
  ),
});

/** Everything for people who are signed in. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      throw redirect({ to: '/sign-in', search: { next: location.href } });
    }
  },
  component: Shell,
});

const lazy = lazyRouteComponent;
const keyPages = () => import('./pages/key/index.ts');
const people = () => import('./pages/people/index.ts');
const watch = () => import('./pages/watch/index.ts');
const data = () => import('./pages/data/index.ts');
const knowledge = () => import('./pages/knowledge/index.ts');
const webhooks = () => import('./pages/webhooks/index.ts');
const settings = () => import('./pages/settings/index.ts');

const page = (path: string, component: ReturnType<typeof lazy>) =>
  createRoute({ getParentRoute: () => app, path, component });

const open = (path: string, component: ReturnType<typeof lazy>) =>
  createRoute({ getParentRoute: () => root, path, component });

const key = page('/keys/$id', lazy(keyPages, 'KeyPage'));
const keyPart = (path: string, component: ReturnType<typeof lazy>) =>
  createRoute({ getParentRoute: () => key, path, component });

const settingsPage = page('/settings', lazy(settings, 'SettingsPage'));
const setting = (path: string, component: ReturnType<typeof lazy>) =>
  createRoute({ getParentRoute: () => settingsPage, path, component });

const home = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/overview' });
  },
});

/** Every page of the console. The server knows their first segments: src/http/pages/console-paths.ts. */
const tree = root.addChildren([
  open(
    '/sign-in',
    lazy(() => import('./pages/people/sign-in.tsx'), 'SignInPage'),
  ),
  open(
    '/setup',
    lazy(() => import('./pages/people/setup.tsx'), 'SetupPage'),
  ),
  open(
    '/invitation',
    lazy(() => import('./pages/people/invitation.tsx'), 'InvitationPage'),
  ),
  app.addChildren([
    home,
    page('/overview', lazy(watch, 'OverviewPage')),
    page(
      '/keys',
      lazy(() => import('./pages/keys/list.tsx'), 'KeysPage'),
    ),
    page(
      '/keys/new',
      lazy(() => import('./pages/keys/create.tsx'), 'CreateKeyPage'),
    ),
    key.addChildren([
      keyPart('/', lazy(keyPages, 'KeySummary')),
      keyPart('/usage', lazy(keyPages, 'KeyUsage')),
      keyPart('/rotation', lazy(keyPages, 'KeyRotation')),
      keyPart('/access', lazy(keyPages, 'KeyAccess')),
      keyPart('/logs', lazy(keyPages, 'KeyLogs')),
      keyPart('/audit', lazy(keyPages, 'KeyAudit')),
    ]),
    page('/logs', lazy(watch, 'LogsPage')),
    page('/audit-log', lazy(watch, 'AuditLogPage')),
    page('/jobs', lazy(watch, 'JobsPage')),
    page('/jobs/$id', lazy(watch, 'JobPage')),
    page('/customers', lazy(data, 'CustomersPage')),
    page('/customers/$id', lazy(data, 'CustomerPage')),
    page('/contacts', lazy(data, 'ContactsPage')),
    page('/contacts/$id', lazy(data, 'ContactPage')),
    page('/conversations', lazy(data, 'ConversationsPage')),
    page('/conversations/$id', lazy(data, 'ConversationPage')),
    page('/licenses', lazy(data, 'LicensesPage')),
    page('/licenses/$id', lazy(data, 'LicensePage')),
    page('/products', lazy(data, 'ProductsPage')),
    page('/telemetry', lazy(data, 'TelemetryPage')),
    page('/knowledge-base', lazy(knowledge, 'KnowledgeBasePage')),
    page('/knowledge-base/$id', lazy(knowledge, 'ArticlePage')),
    page('/webhooks', lazy(webhooks, 'WebhooksPage')),
    page('/webhooks/$id', lazy(webhooks, 'WebhookPage')),
    page('/members', lazy(people, 'MembersPage')),
    page('/account', lazy(people, 'AccountPage')),
    page('/my-keys', lazy(people, 'MyKeysPage')),
    page('/scopes', lazy(settings, 'ScopesPage')),
    page('/rate-limits', lazy(settings, 'RateLimitsPage')),
    settingsPage.addChildren([
      setting('/', lazy(settings, 'GeneralSettings')),
      setting('/environments', lazy(settings, 'EnvironmentSettings')),
      setting('/logging', lazy(settings, 'LoggingSettings')),
      setting('/policy', lazy(settings, 'PolicySettings')),
      setting('/flags', lazy(settings, 'FlagSettings')),
      setting('/alerts', lazy(settings, 'AlertSettings')),
    ]),
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  context: { client: queryClient },
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultPendingComponent: PageSkeleton,
  defaultPendingMs: 150,
  defaultErrorComponent: RouteProblem,
  defaultNotFoundComponent: () => <UnknownPage />,
});

router.subscribe('onBeforeNavigate', forgetDeclined);
