import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CleanedWhere,
  type CustomAdapter,
  createAdapterFactory,
  type DBAdapter,
} from '@better-auth/core/db/adapter';
import type { ExpressionBuilder, Kysely } from 'kysely';
import { digestOf } from '../core/secret.ts';
import type { Database, Tx } from './database.ts';

// better-auth names models and fields at run time: the types of our schema cannot follow it.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyTables = any;
type Eb = ExpressionBuilder<AnyTables, AnyTables>;
type Row = Record<string, unknown>;

const tables: Readonly<Record<string, string>> = {
  user: 'users',
  session: 'sessions',
  account: 'accounts',
  verification: 'verifications',
  twoFactor: 'two_factors',
};

/** Columns whose values grant access: the database holds their SHA-256 only. */
const digestColumns: Readonly<Record<string, string>> = { sessions: 'token', verifications: 'identifier' };

const operators = {
  eq: '=',
  ne: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  in: 'in',
  not_in: 'not in',
} as const;

const transactions = new AsyncLocalStorage<Tx>();

/** Everything better-auth reads and writes inside `work` belongs to `tx`. */
export function inAuthTransaction<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  return transactions.run(tx, work);
}

function snake(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camel(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function renamed(row: Row, rename: (name: string) => string): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [rename(name), value]));
}

/**
 * One call on one table. A digest column's value becomes its digest on the way in and comes back in plain where the
 * caller itself gave it; any other comes back empty, so that no list ever hands out a token or its digest.
 */
class Call {
  readonly table: string;
  readonly #digestColumn: string | undefined;
  readonly #plainOf = new Map<unknown, string>();

  constructor(model: string) {
    const table = tables[model];
    if (!table) throw new Error(`better-auth asks for the unknown model ${model}`);
    this.table = table;
    this.#digestColumn = digestColumns[table];
  }

  columns(data: Row): Row {
    const row = renamed(data, snake);
    for (const column of Object.keys(row)) row[column] = this.#hide(column, row[column]);
    return row;
  }

  fields<T>(row: Row | undefined): T | null {
    if (!row) return null;
    const column = this.#digestColumn;
    const plain = column && column in row ? { ...row, [column]: this.#plainOf.get(row[column]) ?? '' } : row;
    return renamed(plain, camel) as T;
  }

  /** All of the ANDs, and one of the ORs where there are any. */
  matches(conditions: readonly CleanedWhere[] = []) {
    return (eb: Eb) => {
      const every = conditions.filter(({ connector }) => connector !== 'OR').map((c) => this.#compare(eb, c));
      const some = conditions.filter(({ connector }) => connector === 'OR').map((c) => this.#compare(eb, c));
      return eb.and(some.length > 0 ? [...every, eb.or(some)] : every);
    };
  }

  #compare(eb: Eb, { field, operator, value, mode }: CleanedWhere) {
    const column = snake(field);
    const sign = operators[operator as keyof typeof operators];
    if (!sign || mode === 'insensitive') throw new Error(`better-auth asks for ${operator}, ${mode}`);
    const stored = this.#hide(column, value);
    if (stored === null) return eb(column, sign === '=' ? 'is' : 'is not', null);
    if (Array.isArray(stored) && stored.length === 0) return eb.lit(operator === 'not_in');
    return eb(column, sign, stored);
  }

  #hide(column: string, value: unknown): unknown {
    if (column !== this.#digestColumn) return value;
    if (Array.isArray(value)) return value.map((item) => this.#hide(column, item));
    const plain = String(value);
    const digest = digestOf(plain);
    this.#plainOf.set(digest, plain);
    return digest;
  }
}

/** The same queries for every model; `connections` answers what is to be used at the moment of the call. */
function customAdapter(connections: {
  read(): Kysely<AnyTables>;
  write(): Kysely<AnyTables>;
}): CustomAdapter {
  const { read, write } = connections;
  return {
    async create({ model, data }) {
      const call = new Call(model);
      const query = write().insertInto(call.table).values(call.columns(data)).returningAll();
      return call.fields<typeof data>(await query.executeTakeFirstOrThrow()) as typeof data;
    },
    async findOne<T>({ model, where }: { model: string; where: CleanedWhere[] }) {
      const call = new Call(model);
      const query = read().selectFrom(call.table).selectAll().where(call.matches(where)).limit(1);
      return call.fields<T>(await query.executeTakeFirst());
    },
    async findMany<T>({ model, where, limit, sortBy, offset }: Parameters<CustomAdapter['findMany']>[0]) {
      const call = new Call(model);
      let query = read().selectFrom(call.table).selectAll().where(call.matches(where)).limit(limit);
      if (sortBy) query = query.orderBy(snake(sortBy.field), sortBy.direction);
      if (offset) query = query.offset(offset);
      return (await query.execute()).map((row) => call.fields<T>(row) as T);
    },
    async update<T>({ model, where, update }: { model: string; where: CleanedWhere[]; update: T }) {
      const call = new Call(model);
      const query = write()
        .updateTable(call.table)
        .set(call.columns(update as Row))
        .where(call.matches(where));
      return call.fields<T>(await query.returningAll().executeTakeFirst());
    },
    async updateMany({ model, where, update }) {
      const call = new Call(model);
      const query = write().updateTable(call.table).set(call.columns(update)).where(call.matches(where));
      return Number((await query.executeTakeFirst()).numUpdatedRows);
    },
    async delete({ model, where }) {
      const call = new Call(model);
      await write().deleteFrom(call.table).where(call.matches(where)).execute();
    },
    async deleteMany({ model, where }) {
      const call = new Call(model);
      return Number(
        (await write().deleteFrom(call.table).where(call.matches(where)).executeTakeFirst()).numDeletedRows,
      );
    },
    async consumeOne<T>({ model, where }: { model: string; where: CleanedWhere[] }) {
      const call = new Call(model);
      const one = write().selectFrom(call.table).select('id').where(call.matches(where)).limit(1);
      const query = write().deleteFrom(call.table).where('id', 'in', one).returningAll();
      return call.fields<T>(await query.executeTakeFirst());
    },
    async incrementOne<T>({
      model,
      where,
      increment,
      set,
    }: Parameters<NonNullable<CustomAdapter['incrementOne']>>[0]) {
      const call = new Call(model);
      const query = write()
        .updateTable(call.table)
        .set((eb: Eb) => ({
          ...call.columns(set ?? {}),
          ...Object.fromEntries(
            Object.entries(increment).map(([field, delta]) => [
              snake(field),
              eb(eb.fn.coalesce(snake(field), eb.lit(0)), '+', delta),
            ]),
          ),
        }))
        .where(call.matches(where));
      return call.fields<T>(await query.returningAll().executeTakeFirst());
    },
    async count({ model, where }) {
      const call = new Call(model);
      const query = read().selectFrom(call.table).where(call.matches(where));
      return Number((await query.select((eb) => eb.fn.countAll().as('n')).executeTakeFirstOrThrow()).n);
    },
  };
}

function toMillis(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toMillis);
  return value instanceof Date ? value.getTime() : value;
}

/** The same methods, each of whose failures is reported before better-auth can swallow it. */
function reporting(methods: CustomAdapter, report: (error: unknown) => void): CustomAdapter {
  const reported = Object.entries(methods).map(([name, method]) => [
    name,
    async (...values: unknown[]) => {
      try {
        return await method(...values);
      } catch (error) {
        report(error);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(reported);
}

/**
 * better-auth over our own tables and connections: snake_case columns, epoch ms, 0/1 flags. It joins the transaction
 * of `inAuthTransaction` where there is one: with SQLite a second connection for writing would wait for ever.
 * `report` gets every failed query: better-auth turns some of them into "no session", and others into nothing.
 */
export function createAuthAdapter(database: Database, report: (error: unknown) => void = () => {}) {
  const connections = {
    read: () => (transactions.getStore() ?? database.read) as Kysely<AnyTables>,
    write: () => (transactions.getStore() ?? database.write) as Kysely<AnyTables>,
  };
  let adapter: DBAdapter | undefined;
  const factory = createAdapterFactory({
    config: {
      adapterId: 'keyward',
      supportsBooleans: false,
      supportsDates: true,
      transaction: async (work) => {
        if (transactions.getStore()) return work(adapter as DBAdapter);
        return database.transaction((tx) => inAuthTransaction(tx, () => work(adapter as DBAdapter)));
      },
      customTransformInput: ({ data }) => toMillis(data),
      customTransformOutput: ({ data, fieldAttributes }) =>
        fieldAttributes.type === 'date' && typeof data === 'number' ? new Date(data) : data,
    },
    adapter: () => reporting(customAdapter(connections), report),
  });
  return (options: Parameters<typeof factory>[0]) => {
    adapter = factory(options);
    return adapter;
  };
}
