import { type Environment, environments } from '../../core/environments.ts';
import { maskSecrets } from '../../core/secret.ts';
import type { LoggedKey, LoggedRoute } from '../../telemetry/record.ts';
import type { BatchedRecord } from '../../telemetry/record-buffer.ts';
import { insertRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import type { TelemetryDb } from './log-writer.ts';

const maxKeys = 200_000;
const maxInQuery = 500;

interface KeyRef {
  readonly place: number;
  readonly ref: number;
}

/** What the log calls places, keys and routes: numbers that are given once and never change. */
export class LogDictionary {
  readonly #places = new Map<string, number>();
  readonly #keys = new Map<string, KeyRef>();
  readonly #routeRefs: number[] = [];
  readonly #templates = new Map<number, string>();
  #nextKey = 1;

  static async read(db: TelemetryDb, routes: readonly LoggedRoute[]): Promise<LogDictionary> {
    const dictionary = new LogDictionary();
    for (const { ref, tenant_id, environment } of await db.selectFrom('log_places').selectAll().execute()) {
      dictionary.#places.set(placeName(tenant_id, environment), ref);
    }
    const { last } = await db
      .selectFrom('log_keys')
      .select((eb) => eb.fn.coalesce(eb.fn.max('ref'), eb.lit(0)).as('last'))
      .executeTakeFirstOrThrow();
    dictionary.#nextKey = last + 1;
    await dictionary.#learnRoutes(db, routes);
    return dictionary;
  }

  /** Gives numbers to the keys and places that have none. */
  async learn(
    tx: TelemetryDb,
    dialect: Dialect,
    keys: readonly LoggedKey[],
    places: readonly Pick<LoggedKey, 'tenantId' | 'environment'>[],
  ): Promise<void> {
    if (this.#keys.size > maxKeys) this.#keys.clear();
    const unknown = new Map(keys.map((key) => [keyName(key), key]));
    for (const name of unknown.keys()) if (this.#keys.has(name)) unknown.delete(name);
    const list = [...unknown.values()];
    for (let i = 0; i < list.length; i += maxInQuery) await this.#recall(tx, list.slice(i, i + maxInQuery));
    const fresh = list.filter((key) => !this.#keys.has(keyName(key)));
    const rows: unknown[][] = [];
    for (const key of fresh) {
      const place = await this.#learnPlace(tx, key.tenantId, key.environment);
      const ref = this.#nextKey++;
      this.#keys.set(keyName(key), { place, ref });
      const name = maskSecrets(key.keyName);
      rows.push([ref, place, key.keyId, name, key.version, key.secretId, key.hint, key.policy]);
    }
    const columns = ['ref', 'place', 'key_id', 'key_name', 'version', 'secret_id', 'hint', 'policy'];
    await insertRows(tx, dialect, { table: 'log_keys', columns }, rows);
    for (const environment of environments) await this.#learnPlace(tx, '', environment);
    for (const { tenantId, environment } of places) await this.#learnPlace(tx, tenantId, environment);
  }

  refOf({ key, environment }: BatchedRecord): KeyRef {
    if (key === null) return { place: this.placeOf('', environment), ref: 0 };
    return this.#keys.get(keyName(key))!;
  }

  /** The tenant '' has what belongs to none: refusals without a known key. */
  placeOf(tenantId: string, environment: Environment): number {
    return this.#places.get(placeName(tenantId, environment))!;
  }

  /** 0 for what is no route. */
  routeRef(index: number): number {
    return this.#routeRefs[index] ?? 0;
  }

  templateOf(ref: number): string {
    return this.#templates.get(ref) ?? '';
  }

  async #recall(tx: TelemetryDb, keys: readonly LoggedKey[]): Promise<void> {
    const rows = await tx
      .selectFrom('log_keys')
      .select(['ref', 'place', 'secret_id', 'version'])
      .where(
        'secret_id',
        'in',
        keys.map(({ secretId }) => secretId),
      )
      .execute();
    for (const { ref, place, secret_id: secretId, version } of rows) {
      this.#keys.set(keyName({ secretId, version }), { place, ref });
    }
  }

  async #learnPlace(tx: TelemetryDb, tenantId: string, environment: Environment): Promise<number> {
    const name = placeName(tenantId, environment);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const ref = this.#places.size + 1;
    await tx.insertInto('log_places').values({ ref, tenant_id: tenantId, environment }).execute();
    this.#places.set(name, ref);
    return ref;
  }

  async #learnRoutes(db: TelemetryDb, routes: readonly LoggedRoute[]): Promise<void> {
    const rows = await db.selectFrom('log_routes').selectAll().execute();
    const refs = new Map(rows.map(({ ref, method, template }) => [`${method} ${template}`, ref]));
    for (const { ref, template } of rows) this.#templates.set(ref, template);
    let next = Math.max(0, ...refs.values()) + 1;
    for (const { method, template, scopes } of routes) {
      const known = refs.get(`${method} ${template}`);
      const ref = known ?? next++;
      this.#routeRefs.push(ref);
      this.#templates.set(ref, template);
      const row = { ref, method, template, scopes: JSON.stringify(scopes) };
      if (known === undefined) await db.insertInto('log_routes').values(row).execute();
      else await db.updateTable('log_routes').set(row).where('ref', '=', ref).execute();
    }
  }
}

function placeName(tenantId: string, environment: string): string {
  return `${tenantId} ${environment}`;
}

function keyName({ secretId, version }: Pick<LoggedKey, 'secretId' | 'version'>): string {
  return `${secretId} ${version}`;
}
