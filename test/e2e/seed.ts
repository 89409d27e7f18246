import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Person } from './person.ts';

interface Made {
  readonly id: string;
}

interface MadeKey extends Made {
  readonly secret: string;
}

export interface Seeded {
  readonly keys: Readonly<Record<'sync' | 'site' | 'rotating' | 'revoked' | 'generic' | 'quiet', MadeKey>>;
  readonly customer: Made;
  readonly contact: Made;
  readonly conversation: Made;
  readonly product: Made;
  readonly license: Made;
  readonly article: Made;
  readonly webhook: Made;
  readonly job: Made;
}

/** A receiver of webhooks that accepts everything. */
export async function startReceiver(): Promise<{ readonly url: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, close: () => server.close() };
}

async function seedKeys(person: Person) {
  const make = (body: object) => person.make<MadeKey>('/api-keys', body);
  const keys = {
    sync: await make({ name: 'Zendesk sync — Production', bundle: 'integration', tier: 'professional' }),
    site: await make({
      name: 'Help center — Search',
      description: 'Reads the articles for the public site.',
      scopes: ['knowledge:read'],
      ipAllowlist: ['127.0.0.0/8', '::1'],
    }),
    rotating: await make({ name: 'Growth — Weekly report', bundle: 'read_all' }),
    revoked: await make({ name: 'Old importer — Migration', scopes: ['contacts:write'] }),
    generic: await make({ name: 'Production Key' }),
    quiet: await make({
      name: 'Metrics — Grafana',
      scopes: ['analytics:read', 'logs:read'],
      expiresAt: new Date(Date.now() + 5 * 86_400_000).toISOString(),
    }),
  };
  await person.make(`/api-keys/${keys.rotating.id}/rotate`, { gracePeriodSeconds: 86_400 });
  await person.make(`/api-keys/${keys.revoked.id}/revoke`, { reason: 'no longer used' });
  return keys;
}

async function seedTraffic(url: string, keys: Seeded['keys']): Promise<void> {
  const ask = (secret: string, path: string, userAgent: string, method = 'GET') =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${secret}`, 'User-Agent': userAgent },
    }).then((answer) => answer.arrayBuffer());
  for (let turn = 0; turn < 12; turn++) {
    await ask(keys.site.secret, '/kb/articles', 'help-center/2.1');
    await ask(keys.sync.secret, '/contacts', 'zendesk-sync/1.4 (node 24)');
    await ask(keys.rotating.secret, turn % 2 ? '/contacts' : '/kb/categories', 'weekly-report/0.9');
  }
  await ask(keys.site.secret, '/contacts', 'help-center/2.1');
  await ask(keys.revoked.secret, '/contacts', 'importer/1.0');
  await ask(keys.site.secret, '/kb/articles/art_unknown', 'help-center/2.1');
}

async function seedRecords(person: Person) {
  const customer = await person.make<Made>('/customers', {
    name: 'Acme Logistics',
    email: 'ops@acme.example',
  });
  const contact = await person.make<Made>('/contacts', { name: 'Ada Lovelace', email: 'ada@acme.example' });
  const conversation = await person.make<Made>('/conversations', {
    contact: { id: contact.id },
    channel: 'email',
    subject: 'A parcel that never came',
  });
  await person.make(`/conversations/${conversation.id}/messages`, { content: 'We are looking for it.' });
  const product = await person.make<Made>('/products', { name: 'Route planner' });
  const license = await person.make<Made>('/licenses', { productId: product.id, activationLimit: 3 });
  await person.make('/telemetry', { group: 'app', type: 'value', name: 'startup.ms', value: 412 });
  await person.make('/telemetry', { group: 'app', type: 'value', name: 'startup.ms', value: 'soon' });
  return { customer, contact, conversation, product, license };
}

async function seedArticles(person: Person) {
  const category = await person.make<Made>('/kb/categories', { title: 'Getting started' });
  const article = await person.make<Made>('/kb/articles', {
    title: 'Create your first key',
    summary: 'From nothing to a first answer.',
    content:
      '# Create your first key\n\nOpen **Settings**, then *API keys*.\n\n1. Name it\n2. Choose scopes\n\n```sh\ncurl -H "Authorization: Bearer $KEY" /api/v1/me\n```\n\n| Scope | Means |\n| --- | --- |\n| `knowledge:read` | reads articles |\n',
    categoryId: category.id,
    tags: ['keys', 'basics'],
    status: 'published',
  });
  const lines = [1, 2, 3].map((n) =>
    JSON.stringify({ title: `Imported ${n}`, slug: `imported-${n}`, content: 'Text.' }),
  );
  const job = await person.make<Made>('/kb/import', `${lines.join('\n')}\n{"title": 7}\n`, {
    headers: { 'Content-Type': 'application/x-ndjson' },
  });
  return { article, job };
}

/** Something on every page, made through the API by an owner and by keys. */
export async function seed(url: string, person: Person, receiver: string): Promise<Seeded> {
  const webhook = await person.make<Made>('/webhooks', {
    url: receiver,
    events: ['key.created', 'key.revoked', 'contact.created'],
    name: 'Inventory of keys',
  });
  const keys = await seedKeys(person);
  const records = await seedRecords(person);
  const articles = await seedArticles(person);
  await person.make('/invitations', { email: 'grace@example.com', role: 'developer' });
  await person.make('/me/api-keys', { name: 'reports-22_11_2026-01_20', scopes: ['knowledge:read'] });
  await seedTraffic(url, keys);
  return { keys, webhook, ...records, ...articles };
}
