import { useRef } from 'react';
import { problemOf } from '@/problem.ts';

/**
 * Runs what makes a secret so that sending the same form again, because the answer was lost, makes no second one. A
 * form that was changed, or was refused, is another request.
 */
export function useOnce() {
  const last = useRef({ text: '', key: '' });
  return async <T>(body: unknown, run: (idempotencyKey: string) => Promise<T>): Promise<T> => {
    const text = JSON.stringify(body);
    if (last.current.key === '' || last.current.text !== text) {
      last.current = { text, key: crypto.randomUUID() };
    }
    try {
      return await run(last.current.key);
    } catch (error) {
      const { status } = problemOf(error);
      if (status >= 400 && status < 500) last.current.key = '';
      throw error;
    }
  };
}
