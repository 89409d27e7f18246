import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import { explained } from '@/lib/sign-in-problem.ts';
import { tellOtherTabs } from '@/page-owner.ts';
import { type Problem, problemOf } from '@/problem.ts';
import { sessionQuery } from '@/session.ts';

/** Whether the browser kept the session that an answer has just brought. */
async function hasSession(client: QueryClient): Promise<boolean> {
  // Nothing of who was signed in before.
  client.clear();
  try {
    const { user } = await client.fetchQuery(sessionQuery);
    tellOtherTabs(user.id);
    return true;
  } catch (error) {
    if (problemOf(error).status === 401) return false;
    throw error;
  }
}

/** Goes on to `path` after a sign-in; false: the browser did not keep the session, and there is nowhere to go. */
export function useEnter(): (path: string) => Promise<boolean> {
  const client = useQueryClient();
  const router = useRouter();
  return useCallback(
    async (path) => {
      if (!(await hasSession(client))) return false;
      router.history.replace(path);
      return true;
    },
    [client, router],
  );
}

export function explainHere(problem: Problem): Problem {
  return explained(problem, Date.now(), location.origin);
}
