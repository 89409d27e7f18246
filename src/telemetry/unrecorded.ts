import type { Environment } from '../core/environments.ts';
import type { UnrecordedUsage } from './record.ts';
import { MINUTE_MS, Usage } from './usage.ts';

const maxCells = 20_000;

interface Cell {
  readonly tenantId: string;
  readonly environment: Environment;
  readonly keyId: string | null;
  readonly minute: number;
  readonly usage: Usage;
}

/** Counts of requests without a record, held until they can be handed over: bounded, since that may take long. */
export class Unrecorded {
  #cells = new Map<string, Cell>();
  /** Requests that are in no count either, because even these were too many. */
  uncounted = 0;

  get isEmpty(): boolean {
    return this.#cells.size === 0;
  }

  of(tenantId: string, environment: Environment, keyId: string | null, at: number): Usage | null {
    const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const name = `${minute} ${keyId ?? environment}`;
    const known = this.#cells.get(name);
    if (known) return known.usage;
    if (this.#cells.size >= maxCells) {
      this.uncounted++;
      return null;
    }
    const cell = { tenantId, environment, keyId, minute, usage: new Usage() };
    this.#cells.set(name, cell);
    return cell.usage;
  }

  take(): UnrecordedUsage[] {
    const cells = [...this.#cells.values()];
    this.#cells = new Map();
    return cells.map(({ usage, ...rest }) => ({
      ...rest,
      routes: usage.encodeRoutes(),
      latency: usage.latency.encode(),
    }));
  }
}
