import { useRef } from 'react';
import { isRefusal, useOnce } from '@/lib/once.ts';
import { problemOf } from '@/problem.ts';
import { bodyOf, type Draft, type Rules } from './draft.ts';

type Body = ReturnType<typeof bodyOf>;

/**
 * Sends a draft so that it makes one key. An end "in 30 days" is another moment at each try: what got no answer is
 * sent again as it was.
 */
export function useSendDraft() {
  const once = useOnce();
  const sent = useRef<{ readonly text: string; readonly body: Body } | null>(null);
  return async <T>(
    draft: Draft,
    rules: Rules,
    send: (body: Body, idempotencyKey: string) => Promise<T>,
  ): Promise<T> => {
    const text = JSON.stringify(draft);
    if (sent.current?.text !== text) sent.current = { text, body: bodyOf(draft, rules, Date.now()) };
    const { body } = sent.current;
    try {
      return await once(body, (idempotencyKey) => send(body, idempotencyKey));
    } catch (error) {
      if (isRefusal(problemOf(error))) sent.current = null;
      throw error;
    }
  };
}
