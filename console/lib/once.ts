import { useState } from 'react';
import { type Problem, problemOf } from '../problem.ts';

/** Runs a request with its Idempotency-Key. `what` is all that it says: something else is another request. */
export type Once = <T>(what: unknown, run: (idempotencyKey: string) => Promise<T>) => Promise<T>;

/**
 * Whether the server has answered this very request, and said no. Without an answer, or with one of something in
 * between, or while the first try still runs, the request may be carried out all the same.
 */
export function isRefusal({ status, code }: Problem): boolean {
  return status >= 400 && status < 500 && code !== 'idempotency_in_progress' && code !== 'foreign_answer';
}

/** The key stays while the request is the same, until it is refused: a refusal is kept under its key for a day. */
export function makeOnce(): Once {
  let last: { readonly text: string; readonly key: string } | null = null;
  return async (what, run) => {
    const text = JSON.stringify(what);
    if (last?.text !== text) last = { text, key: crypto.randomUUID() };
    const attempt = last;
    try {
      return await run(attempt.key);
    } catch (error) {
      if (last === attempt && isRefusal(problemOf(error))) last = null;
      throw error;
    }
  };
}

/** For a form that makes something: sending it again, because the answer was lost, makes no second one. */
export function useOnce(): Once {
  const [once] = useState(makeOnce);
  return once;
}
