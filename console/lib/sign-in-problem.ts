import { Problem } from '../problem.ts';

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

/** "40 seconds", "10 minutes": never less than it is. */
export function waitWords(seconds: number): string {
  if (seconds <= 90) return seconds === 1 ? 'one second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** Where Keyward says that it lives: the address of an error's page begins with it. */
function homeOf({ document }: Problem): string | null {
  if (typeof document.type !== 'string' || !URL.canParse(document.type)) return null;
  return new URL(document.type).origin;
}

/**
 * A refusal of what needs no session, with what only the browser knows: until when to wait, and that it is at another
 * address than Keyward's. `now` is epoch ms, `origin` that of the page.
 */
export function explained(problem: Problem, now: number, origin: string): Problem {
  const seconds = problem.document.retryAfterSeconds;
  if (problem.code === 'rate_limited' && typeof seconds === 'number') {
    const until = clock.format(now + seconds * 1_000);
    const detail = `Too many wrong passwords or codes from this address or for this account. Try again in ${waitWords(seconds)}, at ${until}; until then the right one is refused, too.`;
    return new Problem(problem.status, { ...problem.document, detail });
  }
  const home = homeOf(problem);
  if (problem.code === 'role_not_allowed' && home !== null && home !== origin) {
    const detail = `This page was opened at ${origin}, but Keyward’s address is ${home}: open it there, or set KEYWARD_PUBLIC_URL.`;
    return new Problem(problem.status, { ...problem.document, detail });
  }
  // A wrong password is nothing to look up in a log.
  if (problem.code === 'invalid_credentials')
    return new Problem(problem.status, { ...problem.document, requestId: null });
  return problem;
}
