import type { CompiledQuery } from 'kysely';
import type { Db } from './database.ts';

/** Stands for an argument while the query is compiled. */
class Slot {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

interface Compilable<Row> {
  compile(): CompiledQuery<Row>;
}

/**
 * A query built and compiled once for each database and set of arguments given, which costs more than running it
 * does. `build` sees a placeholder for each argument that is not undefined: it must hand them on to the query and
 * never look into them.
 */
export function prepared<Args extends object, Row>(
  build: (db: Db, args: Args) => Compilable<Row>,
): (db: Db, args: Args) => Promise<Row[]> {
  const compiledFor = new WeakMap<object, Map<string, CompiledQuery<Row>>>();
  return async (db, args) => {
    const { adapter } = db.getExecutor();
    const names = (Object.keys(args) as (keyof Args & string)[]).filter((name) => args[name] !== undefined);
    const shape = names.join();
    let shapes = compiledFor.get(adapter);
    if (shapes === undefined) {
      shapes = new Map();
      compiledFor.set(adapter, shapes);
    }
    let compiled = shapes.get(shape);
    if (compiled === undefined) {
      const slots = Object.fromEntries(names.map((name) => [name, new Slot(name)])) as Args;
      compiled = build(db, slots).compile();
      shapes.set(shape, compiled);
    }
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Slot ? args[parameter.name as keyof Args] : parameter,
    );
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters });
    return rows;
  };
}
