import { toTimestamp } from '../../contract/common.ts';
import { type CsvCell, csvLine } from '../../core/csv.ts';
import type { ConversationRow, MessageRow, UsageDayRow } from '../../services/analytics.ts';

const dateOf = (day: number) => toTimestamp(day).slice(0, 10);
const secondsOf = (ms: number | null) => (ms === null ? null : Math.round(ms) / 1_000);

function presentDurations({ count, medianMs, p90Ms }: ConversationRow['firstResponse']) {
  return { count, medianSeconds: secondsOf(medianMs), p90Seconds: secondsOf(p90Ms) };
}

export function presentConversations(row: ConversationRow) {
  return {
    ...row,
    day: dateOf(row.day),
    firstResponse: presentDurations(row.firstResponse),
    resolution: presentDurations(row.resolution),
    updatedAt: toTimestamp(row.updatedAt),
  };
}

export function presentMessages(row: MessageRow) {
  return { ...row, day: dateOf(row.day), updatedAt: toTimestamp(row.updatedAt) };
}

export function presentUsageDay(row: UsageDayRow) {
  return { ...row, day: dateOf(row.day), updatedAt: toTimestamp(row.updatedAt) };
}

/** What a row shows, as cells: `firstResponse.count` is the column `firstResponseCount`. */
export class Table<Row, Shown extends object> {
  readonly #present: (row: Row) => Shown;
  readonly #paths: readonly (readonly string[])[];

  constructor(present: (row: Row) => Shown, paths: readonly string[]) {
    this.#present = present;
    this.#paths = paths.map((path) => path.split('.'));
  }

  present = (row: Row): Shown => this.#present(row);

  get header(): string {
    const names = this.#paths.map(([first, ...rest]) =>
      rest.reduce((name, part) => `${name}${part.charAt(0).toUpperCase()}${part.slice(1)}`, first!),
    );
    return csvLine(names);
  }

  lines(rows: readonly Row[]): string {
    return rows.map((row) => this.#line(this.#present(row))).join('');
  }

  #line(shown: Shown): string {
    const cells = this.#paths.map((path) =>
      path.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], shown),
    );
    return csvLine(cells as CsvCell[]);
  }
}

const durations = (name: string) => ['count', 'medianSeconds', 'p90Seconds'].map((part) => `${name}.${part}`);

export const conversationTable = new Table(presentConversations, [
  'day',
  'channel',
  'status',
  'conversations',
  'messagesIn',
  'messagesOut',
  ...durations('firstResponse'),
  ...durations('resolution'),
  'updatedAt',
]);

export const messageTable = new Table(presentMessages, [
  'day',
  'channel',
  'messagesIn',
  'messagesOut',
  'updatedAt',
]);

export const usageTable = new Table(presentUsageDay, [
  'day',
  'keyId',
  'total',
  'ok',
  'clientError',
  'rateLimited',
  'serverError',
  'updatedAt',
]);
