import { QueryClient } from '@tanstack/react-query';
import { Problem } from './problem.ts';

/** A refusal stays one however often it is asked for; only silence and a server in trouble are worth another try. */
function isWorthRetrying(failures: number, error: unknown): boolean {
  return failures < 2 && error instanceof Problem && (error.status === 0 || error.status === 503);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, gcTime: 5 * 60_000, retry: isWorthRetrying, refetchOnWindowFocus: true },
    mutations: { retry: false, gcTime: 0 },
  },
});
