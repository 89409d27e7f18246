import { createHash } from 'node:crypto';
import { z } from 'zod';
import { jobView } from '../../../contract/jobs.ts';
import { importedArticle } from '../../../contract/kb-import.ts';
import { maskSecrets } from '../../../core/secret.ts';
import { AppError, invalid } from '../../../errors.ts';
import type { App } from '../../../services/app.ts';
import { JobInput } from '../../../services/jobs/input.ts';
import { enqueueJob } from '../../../services/jobs/jobs.ts';
import { type ImportRecord, messageOf } from '../../../services/kb/import.ts';
import { parseJsonBody } from '../../body.ts';
import { type Route, route } from '../../route.ts';
import { validate } from '../../validate.ts';
import { presentJobWithReport } from '../../views/jobs.ts';
import { type Item, linesOf, membersOf } from './import-items.ts';
import { tag } from './items.ts';

const maxBytes = 64 * 1_048_576;
const maxArticles = 50_000;
/** As large as the body of any other request. */
const maxArticleBytes = 1_048_576;
const maxMessageLength = 500;

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

function recordOf({ line, bytes }: Item): ImportRecord {
  try {
    if (bytes === null) throw new AppError('body_too_large', `This is longer than ${maxArticleBytes} bytes.`);
    return [line, validate(importedArticle, parseJsonBody(bytes))];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [line, null, textOf(error)];
  }
}

async function receive(app: App, chunks: AsyncIterable<Buffer>, mediaType: string): Promise<StoredImport> {
  const digest = createHash('sha256');
  const input = new JobInput(app);
  let total = 0;
  async function* read() {
    for await (const chunk of chunks) {
      digest.update(chunk);
      yield chunk;
    }
  }
  try {
    const items = (mediaType === 'application/json' ? membersOf : linesOf)(read(), maxArticleBytes);
    for await (const item of items) {
      if (++total > maxArticles)
        throw new AppError('body_too_large', `An import has at most ${maxArticles} articles: send several.`);
      await input.add(JSON.stringify(recordOf(item)));
    }
    if (total === 0) throw invalid({ path: '', message: 'the body has no article' });
    await input.flush();
    return new StoredImport(digest.digest('hex'), input.jobId, total);
  } catch (error) {
    // Where this fails, it is cleared away later.
    await input.discard().catch(() => {});
    throw error;
  }
}

export const importRoute: Route = route({
  method: 'POST',
  path: '/api/v1/kb/import',
  operationId: 'importArticles',
  tag,
  summary: 'Import articles',
  description:
    'One article a line (NDJSON), or a JSON list, up to 50,000 articles and 64 MiB, each at most 1 MiB. A job puts them into the knowledge base: an article whose slug is new is created, one whose slug is known is updated, and one that is equal already is left alone. A line that cannot be used is reported with its number (in a list: its place, from 1), and the others go on. The job goes on through a restart of the server, and ends when the caller loses the rights that it was started with.',
  access: { scopes: ['knowledge:write', 'bulk:write'] },
  upload: {
    maxBytes,
    mediaTypes: {
      'application/json': z.array(importedArticle).meta({ id: 'ImportedArticles' }),
      'application/x-ndjson': z.string().meta({ description: 'One article as JSON in each line.' }),
    },
    receive,
  },
  answers: { 202: jobView },
  isIdempotent: true,
  handler: async (app, ctx, { body }) => {
    const job = await enqueueJob(app, ctx, { kind: 'kb.import', payload: {}, ...(body as StoredImport).job });
    const location = `/api/v1/jobs/${job.id}`;
    return { status: 202, body: presentJobWithReport(job, []), headers: { location } };
  },
});
