import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgresDatabase, openSqliteDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrations/index.ts';
import { type OpenTelemetry, openTelemetryAt, type TelemetryPlace } from '../src/store/telemetry/open.ts';
import type { LoggedKey, RequestRecord } from '../src/telemetry/record.ts';
import { type DatabaseKind, freshDatabase } from './databases.ts';

export interface TestTelemetry extends OpenTelemetry {
  readonly place: TelemetryPlace;
}

/** An empty request log on a real database of its own; `close` leaves nothing behind. */
export async function openTestTelemetry(kind: DatabaseKind): Promise<TestTelemetry> {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-telemetry-'));
  const url = kind === 'sqlite' ? null : await freshDatabase();
  const database = url ? openPostgresDatabase(url) : openSqliteDatabase(directory);
  await migrate(database, 0);
  await database.close();
  const place = url ? { url } : { directory };
  const opened = openTelemetryAt(place);
  return {
    ...opened,
    place,
    close: async () => {
      await opened.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The key number `n` as the log knows it. */
export function loggedKey(n: number, changes: Partial<LoggedKey> = {}): LoggedKey {
  return {
    tenantId: 'tnt_1',
    environment: 'production',
    keyId: `key_${n}`,
    keyName: `Key ${n}`,
    version: 1,
    secretId: `sec_${n}`,
    hint: 'sa_live_0000000000',
    policy: null,
    maskFields: [],
    ...changes,
  };
}

/** The request number `n`, which has that number in its id. */
export function requestRecord(n: number, changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    at: 0,
    durationUs: 1_000,
    requestId: `req_${String(n).padStart(26, '0')}`,
    clientRequestId: null,
    environment: 'production',
    method: 'GET',
    path: '/api/v1/kb/tags',
    route: 0,
    status: 200,
    code: null,
    ip: '203.0.113.7',
    userAgent: 'test/1',
    requestBytes: 0,
    responseBytes: 10,
    details: null,
    requestBody: null,
    responseBody: null,
    ...changes,
  };
}
