/** What a browser says about where a request comes from: raw header values, and the origin it should come from. */
export interface Provenance {
  readonly method: string;
  readonly secFetchSite: string | undefined;
  readonly origin: string | undefined;
  readonly publicUrl: string;
}

function isOurs({ secFetchSite, origin, publicUrl }: Provenance): boolean {
  return (
    secFetchSite === 'same-origin' ||
    (origin !== undefined && origin.toLowerCase() === publicUrl.toLowerCase())
  );
}

/**
 * Whether the cookies of a request count: a page of ours sent it, or it says nothing of where it comes from and
 * changes nothing. Both headers are out of reach of a page's scripts.
 */
export function isCookieTrusted(request: Provenance): boolean {
  if (isOurs(request)) return true;
  const saysNothing = request.secFetchSite === undefined && request.origin === undefined;
  return saysNothing && (request.method === 'GET' || request.method === 'HEAD');
}

/**
 * Whether another site's page sent this. Log-in, set-up and accepting an invitation are refused then, although they
 * need no cookie: such a page could sign its visitor in as somebody else (log-in CSRF). A program, which says
 * nothing of its origin, is let through.
 */
export function isFromElsewhere(request: Provenance): boolean {
  if (isOurs(request)) return false;
  return (
    request.origin !== undefined || (request.secFetchSite !== undefined && request.secFetchSite !== 'none')
  );
}
