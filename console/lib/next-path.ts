/** Pages for people who are not signed in: to go back to one after signing in would be a circle. */
const openPages = ['/sign-in', '/setup', '/invitation'];

const anyOrigin = 'http://console.invalid';

/**
 * Where to go after signing in, from the address: a page of this console, or its first. Whatever a browser could take
 * for another host (`//host`, `/\host`, a tab in between) leads to the first.
 */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next) || /[\p{Cc}\\]/u.test(next)) return '/';
  const { origin, pathname, search, hash } = new URL(next, anyOrigin);
  if (origin !== anyOrigin || pathname.startsWith('//')) return '/';
  if (openPages.includes(pathname.replace(/\/+$/, ''))) return '/';
  return `${pathname}${search}${hash}`;
}
