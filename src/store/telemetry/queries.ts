import { readConversationRows, readMessageRows } from '../analytics.ts';
import { followStretch } from '../audit-chain.ts';
import { readLogBodies } from './log-bodies.ts';
import { readExportBounds, readExportPiece } from './log-export.ts';
import { newestSeq, readLogAfter, readLogPage } from './log-reader.ts';
import type { TelemetryDb } from './log-writer.ts';
import type { OpenData } from './open.ts';
import { readOverview, surveyKeys } from './overview-reader.ts';
import { previewRetention } from './retention-preview.ts';
import { readRouteUse } from './route-usage.ts';
import { readUsageDays } from './usage-days.ts';
import { readCallers, readUsage } from './usage-reader.ts';

/** What the reading thread can be asked. Arguments and answers go from thread to thread: plain data, never a function. */
export const queries = {
  logPage: (db: TelemetryDb, ...args: Rest<typeof readLogPage>) => readLogPage(db, ...args),
  logAfter: (db: TelemetryDb, ...args: Rest<typeof readLogAfter>) => readLogAfter(db, ...args),
  logBodies: (db: TelemetryDb, ...args: Rest<typeof readLogBodies>) => readLogBodies(db, ...args),
  newestSeq: (db: TelemetryDb) => newestSeq(db),
  exportBounds: (db: TelemetryDb, ...args: Rest<typeof readExportBounds>) => readExportBounds(db, ...args),
  exportPiece: (db: TelemetryDb, ...args: Rest<typeof readExportPiece>) => readExportPiece(db, ...args),
  retentionPreview: (db: TelemetryDb, ...args: Rest<typeof previewRetention>) =>
    previewRetention(db, ...args),
  routeUse: (db: TelemetryDb, ...args: Rest<typeof readRouteUse>) => readRouteUse(db, ...args),
  usage: (db: TelemetryDb, ...args: Rest<typeof readUsage>) => readUsage(db, ...args),
  callers: (db: TelemetryDb, ...args: Rest<typeof readCallers>) => readCallers(db, ...args),
  overview: (db: TelemetryDb, ...args: Rest<typeof readOverview>) => readOverview(db, ...args),
  survey: (db: TelemetryDb, ...args: Rest<typeof surveyKeys>) => surveyKeys(db, ...args),
  usageDays: (db: TelemetryDb, ...args: Rest<typeof readUsageDays>) => readUsageDays(db, ...args),
};

/** The same of the other tables: what is too much to be summed up between requests. */
export const dataQueries = {
  conversationRows: (data: OpenData, ...args: Rest<typeof readConversationRows>) =>
    readConversationRows(data, ...args),
  messageRows: (data: OpenData, ...args: Rest<typeof readMessageRows>) => readMessageRows(data, ...args),
  auditStretch: ({ db }: OpenData, ...args: Rest<typeof followStretch>) => followStretch(db, ...args),
};

type Rest<F> = F extends (db: never, ...args: infer A) => unknown ? A : never;

export type Queries = typeof queries & typeof dataQueries;
export type QueryName = keyof Queries;
export type QueryArgs<N extends QueryName> = Rest<Queries[N]>;
export type QueryAnswer<N extends QueryName> = Awaited<ReturnType<Queries[N]>>;

export type ToReader =
  | { readonly kind: 'ask'; readonly id: number; readonly name: QueryName; readonly args: readonly unknown[] }
  /** The file was replaced by another one. */
  | { readonly kind: 'reopen' }
  | { readonly kind: 'end' };

export type FromReader =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };
