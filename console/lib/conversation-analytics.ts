import type { ConversationAnalyticsRow } from '../types.ts';

export interface Share {
  readonly name: string;
  readonly count: number;
}

export interface ConversationSums {
  readonly conversations: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Those that were answered, and those that are resolved. */
  readonly answered: number;
  readonly resolved: number;
  readonly byChannel: readonly Share[];
  readonly byStatus: readonly Share[];
}

type Row = Pick<
  ConversationAnalyticsRow,
  'channel' | 'status' | 'conversations' | 'messagesIn' | 'messagesOut'
> & {
  readonly firstResponse: { readonly count: number };
  readonly resolution: { readonly count: number };
};

function sharesOf(rows: readonly Row[], nameOf: (row: Row) => string | null): Share[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const name = nameOf(row);
    if (name !== null && row.conversations > 0) counts.set(name, (counts.get(name) ?? 0) + row.conversations);
  }
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

/** Sums of rows of a status each. Medians are in no sum: they cannot be added up. */
export function sumConversations(rows: readonly Row[]): ConversationSums {
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    conversations: sum((row) => row.conversations),
    messagesIn: sum((row) => row.messagesIn),
    messagesOut: sum((row) => row.messagesOut),
    answered: sum((row) => row.firstResponse.count),
    resolved: sum((row) => row.resolution.count),
    byChannel: sharesOf(rows, (row) => row.channel),
    byStatus: sharesOf(rows, (row) => row.status),
  };
}
