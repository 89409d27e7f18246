import type { CreateTableBuilder, Kysely } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Migration } from './index.ts';

type Table = CreateTableBuilder<string, string>;
type Shape = Record<string, string>;

/**
 * A column's shape in one word, `?` for nullable: `id` (text compared by bytes), `text`, `time` and `big` (64-bit),
 * `int`, `bytes`. `pk` after it makes it the primary key, `unique` unique, `>table` a foreign key that cascades.
 */
async function createTable(
  db: Kysely<never>,
  dialect: Dialect,
  name: string,
  shape: Shape,
  then?: (t: Table) => Table,
) {
  let table: Table = db.schema.createTable(name) as Table;
  for (const [column, words] of Object.entries(shape)) {
    const [type = 'text', ...flags] = words.split(' ');
    const base = type.replace('?', '');
    const dataType =
      base === 'id'
        ? dialect.types.id
        : base === 'bytes'
          ? dialect.types.bytes
          : base === 'text'
            ? 'text'
            : base === 'int'
              ? 'integer'
              : dialect.types.bigint;
    table = table.addColumn(column, dataType as 'text', (c) => {
      let built = type.endsWith('?') ? c : c.notNull();
      for (const flag of flags) {
        if (flag === 'pk') built = built.primaryKey();
        else if (flag === 'unique') built = built.unique();
        else if (flag.startsWith('>')) built = built.references(`${flag.slice(1)}.id`).onDelete('cascade');
        else if (flag.startsWith('^')) built = built.references(`${flag.slice(1)}.id`).onDelete('restrict');
      }
      return built;
    });
  }
  await (then ? then(table) : table).execute();
}

async function createIndex(
  db: Kysely<never>,
  name: string,
  table: string,
  columns: string[],
  unique = false,
) {
  const builder = db.schema.createIndex(name).on(table).columns(columns);
  await (unique ? builder.unique() : builder).execute();
}

async function createPeople(db: Kysely<never>, dialect: Dialect): Promise<void> {
  const make = (name: string, shape: Shape, then?: (t: Table) => Table) =>
    createTable(db, dialect, name, shape, then);
  await make('tenants', {
    id: 'id pk',
    name: 'text',
    ceilings: 'text',
    settings: 'text',
    created_at: 'time',
    updated_at: 'time',
  });
  await make('users', {
    id: 'id pk',
    name: 'text',
    email: 'text unique',
    email_verified: 'int',
    image: 'text?',
    two_factor_enabled: 'int?',
    created_at: 'time',
    updated_at: 'time',
  });
  await make('members', {
    tenant_id: 'id >tenants',
    user_id: 'id unique >users',
    role: 'text',
    created_at: 'time',
    updated_at: 'time',
  });
  await createIndex(db, 'members_tenant', 'members', ['tenant_id', 'user_id'], true);
  await make('invitations', {
    id: 'id pk',
    tenant_id: 'id >tenants',
    email: 'text',
    role: 'text',
    token_digest: 'text unique',
    invited_by: 'id',
    created_at: 'time',
    expires_at: 'time',
    accepted_at: 'time?',
  });
  await createIndex(db, 'invitations_tenant', 'invitations', ['tenant_id', 'id']);
  await make('sessions', {
    id: 'id pk',
    token: 'text unique',
    user_id: 'id >users',
    expires_at: 'time',
    ip_address: 'text?',
    user_agent: 'text?',
    authenticated_at: 'time?',
    created_at: 'time',
    updated_at: 'time',
  });
  await createIndex(db, 'sessions_user', 'sessions', ['user_id']);
  await make('accounts', {
    id: 'id pk',
    account_id: 'text',
    provider_id: 'text',
    user_id: 'id >users',
    access_token: 'text?',
    refresh_token: 'text?',
    id_token: 'text?',
    access_token_expires_at: 'time?',
    refresh_token_expires_at: 'time?',
    scope: 'text?',
    password: 'text?',
    created_at: 'time',
    updated_at: 'time',
  });
  await createIndex(db, 'accounts_user', 'accounts', ['user_id']);
  await make('verifications', {
    id: 'id pk',
    identifier: 'text',
    value: 'text',
    expires_at: 'time',
    created_at: 'time',
    updated_at: 'time',
  });
  await createIndex(db, 'verifications_identifier', 'verifications', ['identifier']);
  await make('two_factors', {
    id: 'id pk',
    secret: 'text',
    backup_codes: 'text',
    user_id: 'id >users',
    verified: 'int?',
    failed_verification_count: 'int?',
    locked_until: 'time?',
  });
  await createIndex(db, 'two_factors_user', 'two_factors', ['user_id']);
}

async function createKeys(db: Kysely<never>, dialect: Dialect): Promise<void> {
  const make = (name: string, shape: Shape, then?: (t: Table) => Table) =>
    createTable(db, dialect, name, shape, then);
  await make('keys', {
    id: 'id pk',
    tenant_id: 'id >tenants',
    environment: 'text',
    owner: 'text',
    owner_user_id: 'id?',
    created_by: 'id',
    name: 'text',
    description: 'text?',
    search_text: 'text',
    scopes: 'text',
    tier: 'text',
    per_minute: 'int',
    burst: 'int',
    per_day: 'int',
    limit_group: 'id',
    ip_allowlist: 'text',
    customer_ids: 'text',
    is_active: 'int',
    revoked_at: 'time?',
    revoked_reason: 'text?',
    is_compromised: 'int',
    expires_at: 'time?',
    ends_at: 'time?',
    replaces: 'id?',
    replaced_by: 'id?',
    last_used_at: 'time?',
    last_used_ip: 'text?',
    created_at: 'time',
    updated_at: 'time',
    version: 'int',
  });
  await createIndex(db, 'keys_place', 'keys', ['tenant_id', 'environment', 'id']);
  await make('secrets', {
    id: 'id pk',
    key_id: 'id >keys',
    public_part: 'id? unique',
    hint: 'text',
    digest: 'id unique',
    created_at: 'time',
    ends_at: 'time?',
    last_used_at: 'time?',
  });
  await createIndex(db, 'secrets_key', 'secrets', ['key_id']);
  await make('installation', { name: 'id pk', value: 'text' });
  await make('key_prefixes', { prefix: 'id pk', first_used_at: 'time' });
  await make('day_counters', { limit_group: 'id', day: 'int', used: 'big', journal_seq: 'big' }, (t) =>
    t.addPrimaryKeyConstraint('day_counters_pk', ['limit_group', 'day'] as never[]),
  );
  await make(
    'idempotency_records',
    {
      tenant_id: 'id',
      environment: 'text',
      caller_id: 'id',
      method: 'text',
      route: 'text',
      idempotency_key: 'text',
      payload_digest: 'text',
      status: 'int',
      body: 'text',
      created_at: 'time',
    },
    (t) =>
      t.addPrimaryKeyConstraint('idempotency_records_pk', [
        'tenant_id',
        'environment',
        'caller_id',
        'method',
        'route',
        'idempotency_key',
      ] as never[]),
  );
  await createIndex(db, 'idempotency_records_created', 'idempotency_records', ['created_at']);
}

async function createAudit(db: Kysely<never>, dialect: Dialect): Promise<void> {
  await createTable(db, dialect, 'audit_entries', {
    id: 'id pk',
    tenant_id: 'id',
    seq: 'big',
    at: 'time',
    actor_type: 'text',
    actor_id: 'text',
    action: 'text',
    target_id: 'text?',
    before: 'text?',
    after: 'text?',
    request_id: 'text?',
    ip: 'text?',
    environment: 'text?',
    prev_hash: 'text',
    hash: 'text',
  });
  await createIndex(db, 'audit_entries_chain', 'audit_entries', ['tenant_id', 'seq'], true);
  await createTable(db, dialect, 'audit_heads', { tenant_id: 'id pk', seq: 'big', hash: 'text' });
}

async function createKnowledgeBase(db: Kysely<never>, dialect: Dialect): Promise<void> {
  const place = { id: 'id pk', tenant_id: 'id >tenants', environment: 'text' };
  const tail = { created_at: 'time', updated_at: 'time', version: 'int' };
  const titled = { title: 'text', slug: 'id', description: 'text?', sort_order: 'int' };
  const make = (name: string, shape: Shape) => createTable(db, dialect, name, { ...place, ...shape });
  await make('kb_categories', { ...titled, ...tail });
  await make('kb_subcategories', { category_id: 'id ^kb_categories', ...titled, ...tail });
  await make('kb_tags', { name: 'text', slug: 'id', ...tail });
  await make('kb_articles', {
    title: 'text',
    slug: 'id',
    summary: 'text?',
    content_hash: 'text',
    category_id: 'id? ^kb_categories',
    subcategory_id: 'id? ^kb_subcategories',
    status: 'text',
    sort_order: 'int',
    reviewed_at: 'time?',
    published_at: 'time?',
    ...tail,
    // Last: SQLite walks through all of a long text to reach a column behind it.
    content: 'text',
  });
  for (const table of ['kb_categories', 'kb_subcategories', 'kb_tags', 'kb_articles']) {
    const parent = table === 'kb_subcategories' ? ['category_id'] : [];
    await createIndex(db, `${table}_slug`, table, ['tenant_id', 'environment', ...parent, 'slug'], true);
    await createIndex(db, `${table}_place`, table, ['tenant_id', 'environment', 'id']);
  }
  await createIndex(db, 'kb_subcategories_category', 'kb_subcategories', ['category_id']);
  await createIndex(db, 'kb_articles_category', 'kb_articles', ['category_id', 'status']);
  await createIndex(db, 'kb_articles_subcategory', 'kb_articles', ['subcategory_id', 'status']);
  await createTable(
    db,
    dialect,
    'kb_article_tags',
    { article_id: 'id >kb_articles', tag_id: 'id >kb_tags', position: 'int' },
    (t) => t.addPrimaryKeyConstraint('kb_article_tags_pk', ['article_id', 'tag_id'] as never[]),
  );
  await createIndex(db, 'kb_article_tags_tag', 'kb_article_tags', ['tag_id']);
}

export const telemetryInitial: Migration = {
  name: 'initial',
  async up(db, dialect) {
    await createTable(db, dialect, 'admission_journal', { seq: 'big pk', at: 'time', body: 'bytes' });
    await createIndex(db, 'admission_journal_at', 'admission_journal', ['at']);
  },
};

export const initial: Migration = {
  name: 'initial',
  async up(db, dialect) {
    await createPeople(db, dialect);
    await createKeys(db, dialect);
    await createAudit(db, dialect);
    await createKnowledgeBase(db, dialect);
  },
};
