type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

/** A row as the services speak of it: camelCase, without its place, which the context has. */
export type Fields<Row> = {
  [K in Exclude<keyof Row & string, 'tenant_id' | 'environment'> as Camel<K>]: Row[K];
};

const toSnake = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** null: a column of the place, which is left out. */
const fieldNames = new Map<string, string | null>([
  ['tenant_id', null],
  ['environment', null],
]);

function fieldOf(column: string): string | null {
  const known = fieldNames.get(column);
  if (known !== undefined) return known;
  const field = column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  fieldNames.set(column, field);
  return field;
}

export function toFields<Row extends object>(row: Row): Fields<Row> {
  const fields: Record<string, unknown> = {};
  for (const column in row) {
    const field = fieldOf(column);
    if (field !== null) fields[field] = row[column];
  }
  return fields as Fields<Row>;
}

export function toColumns(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [toSnake(field), value]));
}

export interface Difference {
  /** The fields that change, as they were and as they become; empty when nothing does. */
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
}

/** What a merge patch really changes: undefined leaves a field as it is. */
export function differenceOf(current: object, patch: object): Difference {
  const now = current as Readonly<Record<string, unknown>>;
  const changed = Object.entries(patch).filter(
    ([field, value]) => value !== undefined && value !== now[field],
  );
  return {
    before: Object.fromEntries(changed.map(([field]) => [field, now[field]])),
    after: Object.fromEntries(changed),
  };
}
