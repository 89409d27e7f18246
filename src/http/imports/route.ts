import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { z } from 'zod';
import { jobView } from '../../contract/jobs.ts';
import { maskSecrets } from '../../core/secret.ts';
import { AppError, invalid } from '../../errors.ts';
import type { App } from '../../services/app.ts';
import { type ImportRecord, messageOf } from '../../services/jobs/import.ts';
import { JobInput } from '../../services/jobs/input.ts';
import { enqueueJob } from '../../services/jobs/jobs.ts';
import { parseJsonBody } from '../body.ts';
import { accepted } from '../job-answer.ts';
import { type Route, route } from '../route.ts';
import { validate } from '../validate.ts';
import { type CsvColumns, rowsOf } from './csv.ts';
import { type Item, linesOf, membersOf } from './items.ts';

const maxBytes = 64 * 1_048_576;
/** As large as the body of any other request. */
const maxItemBytes = 1_048_576;
const maxMessageLength = 500;
/** A chunk may have thousands of short lines: others have their turn between them. */
const turnMs = 8;

/** What tells imports apart: all of them take lines, a list, and where `csv` says how, a table. */
export interface Import {
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly scopes: readonly string[];
  /** Of the job. */
  readonly kind: string;
  readonly item: z.ZodType;
  /** What a list of them is called in the document. */
  readonly listId: string;
  readonly nouns: readonly [one: string, many: string];
  readonly maxItems: number;
  readonly csv?: CsvColumns;
}

/** A body that is in the store. Its digest is what makes two requests the same. */
class StoredImport {
  readonly sha256: string;
  readonly #jobId: string;
  readonly #total: number;

  constructor(sha256: string, jobId: string, total: number) {
    this.sha256 = sha256;
    this.#jobId = jobId;
    this.#total = total;
  }

  get job() {
    return { id: this.#jobId, total: this.#total };
  }
}

function textOf(error: AppError): string {
  const text = messageOf(error).replace(/^The body/, 'This');
  return maskSecrets(text).slice(0, maxMessageLength).toWellFormed();
}

function recordOf(schema: z.ZodType, { line, bytes, problem }: Item): ImportRecord<unknown> {
  try {
    if (bytes === null)
      throw invalid({ path: '', message: problem ?? `This is longer than ${maxItemBytes} bytes.` });
    return [line, validate(schema, parseJsonBody(bytes))];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [line, null, textOf(error)];
  }
}

function itemsOf({ csv }: Import, chunks: AsyncIterable<Buffer>, mediaType: string): AsyncIterable<Item> {
  if (mediaType === 'text/csv' && csv) return rowsOf(chunks, maxItemBytes, csv);
  return (mediaType === 'application/json' ? membersOf : linesOf)(chunks, maxItemBytes);
}

async function receive(declared: Import, app: App, chunks: AsyncIterable<Buffer>, mediaType: string) {
  const { item: schema, maxItems, nouns } = declared;
  const digest = createHash('sha256').update(`${mediaType}\n`);
  const input = new JobInput(app);
  let total = 0;
  async function* read() {
    for await (const chunk of chunks) {
      digest.update(chunk);
      yield chunk;
    }
  }
  try {
    let turnBegan = performance.now();
    for await (const item of itemsOf(declared, read(), mediaType)) {
      if (performance.now() - turnBegan > turnMs) {
        await nextTurn();
        turnBegan = performance.now();
      }
      if (++total > maxItems)
        throw new AppError('body_too_large', `An import has at most ${maxItems} ${nouns[1]}: send several.`);
      await input.add(JSON.stringify(recordOf(schema, item)));
    }
    if (total === 0) throw invalid({ path: '', message: `the body has no ${nouns[0]}` });
    await input.flush();
    return new StoredImport(digest.digest('hex'), input.jobId, total);
  } catch (error) {
    // Where this fails, it is cleared away later.
    await input.discard().catch(() => {});
    throw error;
  }
}

function mediaTypesOf({ item, listId, nouns, csv }: Import): Record<string, z.ZodType> {
  const [one] = nouns;
  const capitalised = one.charAt(0).toUpperCase() + one.slice(1);
  return {
    'application/json': z.array(item).meta({ id: listId }),
    'application/x-ndjson': z.string().meta({ description: `One ${one} as JSON in each line.` }),
    ...(csv
      ? {
          'text/csv': z.string().meta({
            description: `${capitalised} after ${one}, below a header of ${csv.known.join(', ')} and names of \`${csv.rest}\`.`,
          }),
        }
      : {}),
  };
}

/** A POST that takes many at once, as they come over the wire, and hands them to a job. */
export function importRoute(declared: Import): Route {
  const { path, operationId, tag, summary, description, scopes, kind } = declared;
  return route({
    method: 'POST',
    path,
    operationId,
    tag,
    summary,
    description,
    access: { scopes },
    upload: {
      maxBytes,
      mediaTypes: mediaTypesOf(declared),
      receive: (app, chunks, mediaType) => receive(declared, app, chunks, mediaType),
    },
    answers: { 202: jobView },
    isIdempotent: true,
    handler: async (app, ctx, { body }) =>
      accepted(await enqueueJob(app, ctx, { kind, payload: {}, ...(body as StoredImport).job })),
  });
}
