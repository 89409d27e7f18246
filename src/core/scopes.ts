export interface ScopeInfo {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly surface: string;
  readonly action: 'read' | 'write' | 'verify';
}

export const channels = [
  'email',
  'messenger',
  'sms',
  'phone',
  'voice',
  'whatsapp',
  'webchat',
  'amazon',
] as const;

const surfaces: readonly (readonly [name: string, label: string, what: string])[] = [
  ['knowledge', 'Knowledge', 'categories, tags and articles of the knowledge base'],
  ['contacts', 'Contact', 'contacts'],
  ['conversations', 'Conversation', 'conversations and their messages'],
  ['customers', 'Customer', 'customers'],
  ['licenses', 'License', 'products and licences'],
  ['telemetry', 'Telemetry', 'telemetry records'],
  ['webhooks', 'Webhook', 'webhook subscriptions and deliveries'],
  ['api_keys', 'API Key', 'API keys'],
  ['jobs', 'Job', 'background jobs'],
];

function scope(surface: string, action: ScopeInfo['action'], label: string, description: string): ScopeInfo {
  return { name: `${surface}:${action}`, label, description, surface, action };
}

function surfaceScopes(surface: string, label: string, what: string): ScopeInfo[] {
  const management = surface === 'licenses' ? 'License Management' : `${label} Write`;
  return [
    scope(surface, 'read', `${label} Read`, `Read ${what}.`),
    scope(surface, 'write', management, `Create, change and delete ${what}. Includes reading.`),
  ];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const builtInScopes: readonly ScopeInfo[] = [
  ...surfaces.flatMap(([name, label, what]) => surfaceScopes(name, label, what)),
  scope('logs', 'read', 'Log Read', 'Read the request log.'),
  scope('analytics', 'read', 'Analytics Read', 'Read usage and conversation analytics.'),
  scope('audit', 'read', 'Audit Read', 'Read the audit log.'),
  scope('bulk', 'write', 'Bulk Write', 'Start imports and other bulk changes.'),
  scope(
    'api_keys',
    'verify',
    'API Key Verify',
    'Ask whether a key is valid, for enforcement in other services.',
  ),
  ...channels.map((channel) =>
    scope(
      `channels.${channel}`,
      'write',
      `${capitalised(channel)} Channel`,
      `Send through the ${channel} channel.`,
    ),
  ),
];

export interface BundleInfo {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly scopes: readonly string[];
}

/** Every scope of this installation, the bundles over them, and the rules that connect them. */
export interface ScopeCatalogue {
  readonly scopes: readonly ScopeInfo[];
  readonly bundles: readonly BundleInfo[];
  /** What a key with an empty scope list has: everything but what must always be named. */
  readonly inherited: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

/** Scopes that are in no bundle and are never inherited: they are always named. */
export function mustBeNamed(scopeName: string): boolean {
  return scopeName.startsWith('api_keys:') || scopeName === 'audit:read';
}

/** `write` implies `read` on the same surface, where that surface has a `read`. */
export function expandScopes(names: Iterable<string>, all: ReadonlySet<string>): ReadonlySet<string> {
  const expanded = new Set<string>();
  for (const name of names) {
    expanded.add(name);
    if (name.endsWith(':write')) {
      const read = `${name.slice(0, -':write'.length)}:read`;
      if (all.has(read)) expanded.add(read);
    }
  }
  return expanded;
}

function bundlesOver(scopes: readonly ScopeInfo[]): BundleInfo[] {
  const reads = scopes.filter((s) => s.action === 'read' && !mustBeNamed(s.name)).map((s) => s.name);
  return [
    {
      name: 'basic',
      label: 'Basic',
      description: 'Read the knowledge base, contacts and conversations.',
      scopes: ['knowledge:read', 'contacts:read', 'conversations:read'],
    },
    {
      name: 'read_all',
      label: 'Read all',
      description: 'Read everything, except keys and the audit log.',
      scopes: reads,
    },
    {
      name: 'integration',
      label: 'Integration',
      description:
        'Write the knowledge base, contacts, conversations and webhooks, and send through every channel.',
      scopes: [
        'knowledge:write',
        'contacts:write',
        'conversations:write',
        'webhooks:write',
        ...channels.map((channel) => `channels.${channel}:write`),
      ],
    },
    {
      name: 'full_access',
      label: 'Full access',
      description: 'Everything, except managing keys and reading the audit log. Prefer a narrower choice.',
      scopes: scopes.filter((s) => !mustBeNamed(s.name)).map((s) => s.name),
    },
  ];
}

const customerSurfaces = new Set([
  'contacts',
  'conversations',
  'customers',
  'licenses',
  'telemetry',
  'analytics',
]);

/** What a key for certain customers may hold: elsewhere nothing says whose a thing is, but articles may be read by all. */
export function customerScopes({ scopes }: ScopeCatalogue): ReadonlySet<string> {
  const names = scopes.filter(({ surface }) => customerSurfaces.has(surface)).map(({ name }) => name);
  return new Set([...names, 'knowledge:read']);
}

/** `extraSurfaces` are the operator's own (`KEYWARD_SURFACES`): each brings a `:read` and a `:write`. */
export function createScopeCatalogue(extraSurfaces: readonly string[] = []): ScopeCatalogue {
  const added = extraSurfaces.flatMap((name) =>
    surfaceScopes(name, capitalised(name.replaceAll('_', ' ')), name),
  );
  const scopes = [...builtInScopes, ...added];
  const all = new Set(scopes.map((s) => s.name));
  const inherited = new Set(scopes.filter((s) => !mustBeNamed(s.name)).map((s) => s.name));
  return { scopes, bundles: bundlesOver(scopes), all, inherited };
}

export const builtInSurfaces: ReadonlySet<string> = new Set(builtInScopes.map((s) => s.surface));
