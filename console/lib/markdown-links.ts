export type MarkdownLink =
  /** Another server. */
  | { readonly kind: 'outside'; readonly href: string }
  /** An article of the knowledge base, as `keyward kb push` writes links between pages. */
  | { readonly kind: 'article'; readonly slug: string }
  /** A place of the same text. */
  | { readonly kind: 'place'; readonly id: string }
  /** Somewhere on the site that the article was written for. */
  | { readonly kind: 'relative'; readonly href: string };

const schemes = new Set(['https:', 'http:', 'mailto:']);
/** Names no server; what stays on it was relative. */
const base = new URL('https://relative.invalid/');

/** Before the ids of what stands in a text from outside, so that it cannot take those of the page. */
export const placePrefix = 'user-content-';

/**
 * Where an address in a text from outside leads, read as a browser reads it; null where it must not lead anywhere:
 * `javascript:`, `data:` and whatever else is not meant for people who read.
 */
export function readMarkdownLink(href: string): MarkdownLink | null {
  if (href.startsWith('#')) return href.length > 1 ? { kind: 'place', id: placeId(href.slice(1)) } : null;
  if (!URL.canParse(href, base)) return null;
  const url = new URL(href, base);
  if (!schemes.has(url.protocol)) return null;
  if (url.origin !== base.origin) return { kind: 'outside', href: url.href };
  const [, slug] = /^\/kb\/articles\/([^/]+)$/.exec(url.pathname) ?? [];
  const read = slug === undefined ? null : decode(slug);
  if (read) return { kind: 'article', slug: read };
  return { kind: 'relative', href };
}

/** The id of a place that a text calls `name`. */
export function placeId(name: string): string {
  const read = decode(name) ?? name;
  return read.startsWith(placePrefix) ? read : placePrefix + read;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
