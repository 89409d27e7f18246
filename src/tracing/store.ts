import type { Database, QueryObserver } from '../store/database.ts';
import type { TelemetryPlace } from '../store/telemetry/open.ts';
import { QueryThread } from '../store/telemetry/query-thread.ts';
import type { Tracing } from './tracing.ts';

const maxQueryLength = 500;

/** Each query of a request, by its text: values are never part of it. */
export function queryObserver(tracing: Tracing, system: 'sqlite' | 'postgresql'): QueryObserver {
  return ({ sql, durationMs, isFailed }) => {
    const operation = /^\w+/.exec(sql)?.[0].toUpperCase() ?? 'QUERY';
    if (operation === 'SAVEPOINT' || operation === 'RELEASE') return;
    const attributes = {
      'db.system.name': system,
      'db.operation.name': operation,
      'db.query.text': sql.slice(0, maxQueryLength),
      ...(isFailed ? { 'error.type': 'query_failed' } : {}),
    };
    tracing.notePart(operation, attributes, durationMs);
  };
}

/** Each transaction from the wait for its turn to the commit. */
export function tracedDatabase(tracing: Tracing, database: Database): Database {
  return {
    ...database,
    transaction: (work) => tracing.asPart('transaction', {}, () => database.transaction(work)),
    background: (work) => tracing.asPart('transaction', {}, () => database.background(work)),
  };
}

class TracedQueryThread extends QueryThread {
  readonly #tracing: Tracing;

  constructor(tracing: Tracing, place: TelemetryPlace) {
    super(place);
    this.#tracing = tracing;
  }

  override run: QueryThread['run'] = (name, ...args) =>
    this.#tracing.asPart(`request log ${name}`, {}, () => super.run(name, ...args));
}

/** What the reading thread is asked, with the wait for it. */
export function tracedQueryThread(tracing: Tracing, place: TelemetryPlace): QueryThread {
  return new TracedQueryThread(tracing, place);
}
