import type { RawAnswer } from '../raw-http.ts';
import { type Operation, operations } from './document.ts';
import type { FuzzRequest } from './draft.ts';
import { described } from './judge.ts';

interface Failure {
  readonly message: string;
  readonly example: string;
  count: number;
}

const slowest = 5;

/** What a run has seen. */
export class Tally {
  sent = 0;
  readonly byStatus = new Map<number, number>();
  readonly failures = new Map<string, Failure>();
  readonly notes = new Map<string, number>();
  readonly #good = new Map<string, number>();
  readonly #slowest: { readonly ms: number; readonly what: string }[] = [];

  count(
    request: FuzzRequest,
    answer: RawAnswer,
    operation: Operation | null,
    tookMs: number,
    faults: readonly string[],
  ): void {
    this.sent++;
    this.byStatus.set(answer.status, (this.byStatus.get(answer.status) ?? 0) + 1);
    if (answer.status < 300 && operation !== null && request.method === operation.method) {
      this.#good.set(operation.id, (this.#good.get(operation.id) ?? 0) + 1);
    }
    this.#time(tookMs, `${request.operation.id}, ${request.what} → ${answer.status}`);
    for (const fault of faults) this.#add(request, answer, fault);
  }

  #time(ms: number, what: string): void {
    if (this.#slowest.length === slowest && this.#slowest.at(-1)!.ms >= ms) return;
    this.#slowest.push({ ms: Math.round(ms), what });
    this.#slowest.sort((a, b) => b.ms - a.ms).splice(slowest);
  }

  fail(request: FuzzRequest, answer: RawAnswer | null, message: string): void {
    if (answer === null) this.sent++;
    this.#add(request, answer, message);
  }

  /** Of what no request of ours asked for. */
  failAlone(message: string, example: string): void {
    this.#keep(message, message, () => example);
  }

  #add(request: FuzzRequest, answer: RawAnswer | null, message: string): void {
    const name = `${request.operation.id}: ${message.replaceAll(/\d+/g, 'n')}`;
    this.#keep(name, `${request.operation.id}: ${message}`, () => described(request, answer));
  }

  /** Of failures that are alike the first is kept as an example. */
  #keep(name: string, message: string, example: () => string): void {
    const known = this.failures.get(name);
    if (known) known.count++;
    else this.failures.set(name, { message, count: 1, example: example() });
  }

  /** What went wrong on the fuzzer's side. */
  note(message: string): void {
    this.notes.set(message, (this.notes.get(message) ?? 0) + 1);
  }

  goodOf(operationId: string): number {
    return this.#good.get(operationId) ?? 0;
  }

  /** Operations that never answered 2xx. */
  unreached(): string[] {
    return operations.map(({ id }) => id).filter((id) => this.goodOf(id) === 0);
  }

  classes(): string {
    const byClass = Map.groupBy(this.byStatus, ([status]) => Math.floor(status / 100));
    return [...byClass]
      .sort(([a], [b]) => a - b)
      .map(([first, entries]) => `${first}xx ${entries.reduce((sum, [, count]) => sum + count, 0)}`)
      .join(', ');
  }

  slowest(): string {
    return this.#slowest.map(({ ms, what }) => `${ms} ms (${what})`).join('; ');
  }

  explain(most = 20): string {
    return [...this.failures.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, most)
      .map(({ message, count, example }) => `× ${count}  ${message}\n${example}\n`)
      .join('\n');
  }
}
