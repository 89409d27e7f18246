import { AppError } from '../errors.ts';
import type { App } from './app.ts';

const boundMs = 2_000;

/** Throws `store_unavailable` when the database does not answer the simplest question within 2 s. */
export async function requireDatabase(app: App): Promise<void> {
  const answer = app.database.read.selectNoFrom((of) => of.lit(1).as('one')).execute();
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The database did not answer within ${boundMs} ms`)), boundMs);
  });
  try {
    await Promise.race([answer, bound]);
  } catch (error) {
    app.log.warn({ err: error }, 'Not ready: the database does not answer');
    throw new AppError(
      'store_unavailable',
      'The database does not answer, so that no request can be served.',
      {
        headers: { 'Retry-After': '1' },
      },
    );
  } finally {
    clearTimeout(timer);
  }
}
