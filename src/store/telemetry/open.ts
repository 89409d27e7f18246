import { join } from 'node:path';
import type { LogWorkerData } from '../../telemetry/log-messages.ts';
import { type Db, openPostgresDatabase, openSqliteReadOnly, openTelemetry } from '../database.ts';
import { type Dialect, postgresDialect, sqliteDialect } from '../dialect.ts';
import type { TelemetryDb } from './log-writer.ts';

/** Where the request log is: the data directory, or the URL of the PostgreSQL database. */
export type TelemetryPlace = LogWorkerData['place'];

export interface OpenTelemetry {
  readonly db: TelemetryDb;
  readonly dialect: Dialect;
  close(): Promise<void>;
}

const connections = 2;

/** Connections of its own, for a thread of its own; throws where the file or the server cannot be used. */
export function openTelemetryAt(place: TelemetryPlace): OpenTelemetry {
  if ('url' in place) {
    const { telemetry, close } = openPostgresDatabase(place.url, connections);
    return { db: telemetry as unknown as TelemetryDb, dialect: postgresDialect, close };
  }
  const { db, close } = openTelemetry(place.directory);
  return { db: db as unknown as TelemetryDb, dialect: sqliteDialect, close };
}

/** The same for looking only. */
export function openTelemetryForReading(place: TelemetryPlace): OpenTelemetry {
  if ('url' in place) return openTelemetryAt(place);
  const { db, close } = openSqliteReadOnly(join(place.directory, 'telemetry.db'));
  return { db: db as unknown as TelemetryDb, dialect: sqliteDialect, close };
}

/** The other tables, for looking only. */
export interface OpenData {
  readonly db: Db;
  readonly dialect: Dialect;
  close(): Promise<void>;
}

export function openDataForReading(place: TelemetryPlace): OpenData {
  if ('url' in place) {
    const { read, close } = openPostgresDatabase(place.url, connections);
    return { db: read, dialect: postgresDialect, close };
  }
  return { ...openSqliteReadOnly(join(place.directory, 'keyward.db')), dialect: sqliteDialect };
}

/** A module of this folder that is a thread: a source file in a checkout, compiled in a package. */
export function threadModule(name: 'worker' | 'reader-worker'): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.${extension}`, import.meta.url);
}
