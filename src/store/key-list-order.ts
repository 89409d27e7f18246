import { type RawBuilder, sql } from 'kysely';
import type { KeySort } from '../core/key-sorts.ts';
import type { Dialect } from './dialect.ts';
import { lastUse, lastUseOf } from './key-uses.ts';
import type { KeyRow } from './keys.ts';

/** Where a key stands in a sorted list: by `value`, and among those of the same value by id. */
export interface KeyPosition {
  readonly value: string | number;
  readonly id: string;
}

type Value = KeyPosition['value'];

/** What keys are sorted by before their id, and the index that has both. */
interface Measure {
  readonly index: string;
  /** null: by the id alone. */
  readonly value: RawBuilder<Value> | null;
}

function measureOf({ keySearch }: Dialect, sort: KeySort): Measure {
  if (sort.endsWith('created')) return { index: 'keys_place', value: null };
  if (sort.endsWith('name')) return { index: 'keys_named', value: keySearch.name };
  return { index: 'keys_used', value: lastUse };
}

/** So many characters of a name are looked at: with them a position is short enough for a cursor. */
const comparedCharacters = 50;

function nameOf({ search_text }: KeyRow): string {
  const [name = ''] = search_text.split('\n', 1);
  return Array.from(name).slice(0, comparedCharacters).join('');
}

export function positionOf(sort: KeySort, key: KeyRow): KeyPosition {
  const { id } = key;
  if (sort.endsWith('created')) return { value: 0, id };
  return { value: sort.endsWith('name') ? nameOf(key) : lastUseOf(key), id };
}

/** Byte by byte, as both databases compare. */
function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b);
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The order of a list, in SQL and for rows that are here already. */
export class KeyOrder {
  readonly #sort: KeySort;
  readonly #measure: Measure;
  readonly #isRising: boolean;

  constructor(dialect: Dialect, sort: KeySort) {
    this.#sort = sort;
    this.#measure = measureOf(dialect, sort);
    this.#isRising = !sort.startsWith('-');
  }

  get index(): string {
    return this.#measure.index;
  }

  get isById(): boolean {
    return this.#measure.value === null;
  }

  get value(): RawBuilder<Value> {
    return this.#measure.value ?? sql.lit(0);
  }

  /** For `order by`. */
  get terms(): RawBuilder<unknown> {
    const { value } = this.#measure;
    const direction = this.#isRising ? sql`asc` : sql`desc`;
    return value ? sql`${value} ${direction}, keys.id ${direction}` : sql`keys.id ${direction}`;
  }

  isAfter(position: KeyPosition): RawBuilder<boolean> {
    return this.#stands(this.#isRising ? '>' : '<', position);
  }

  isUpTo(position: KeyPosition): RawBuilder<boolean> {
    return this.#stands(this.#isRising ? '<=' : '>=', position);
  }

  #stands(sign: '<' | '>' | '<=' | '>=', { value: given, id }: KeyPosition): RawBuilder<boolean> {
    const { value } = this.#measure;
    const operator = sql.raw(sign);
    if (value === null) return sql`keys.id ${operator} ${id}`;
    // SQLite takes an index of an expression for the plain comparison only.
    const plain = sql.raw(sign[0] === '>' ? '>=' : '<=');
    return sql`(${value} ${plain} ${given} and (${value}, keys.id) ${operator} (${given}, ${id}))`;
  }

  compare(a: KeyRow, b: KeyRow): number {
    const [one, other] = [positionOf(this.#sort, a), positionOf(this.#sort, b)];
    const byId = one.id < other.id ? -1 : Number(one.id !== other.id);
    const difference = compareValues(one.value, other.value) || byId;
    return this.#isRising ? difference : -difference;
  }
}
