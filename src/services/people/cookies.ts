import { createHmac, timingSafeEqual } from 'node:crypto';

/** A plain-HTTP origin on this machine: browsers and curl send no `Secure` cookie there. */
export function isPlainLoopback(publicUrl: string): boolean {
  const url = new URL(publicUrl);
  return url.protocol === 'http:' && /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

export type CookieKind = 'session' | 'challenge';

/** Our cookies: their names, and the reading of what better-auth signs (`<token>.<base64 HMAC-SHA-256>`). */
export class Cookies {
  readonly names: Readonly<Record<CookieKind, string>>;
  readonly attributes: {
    readonly secure: boolean;
    readonly httpOnly: true;
    readonly sameSite: 'strict';
    readonly path: '/';
  };
  readonly #secret: string;

  constructor(publicUrl: string, secret: string) {
    const isPlain = isPlainLoopback(publicUrl);
    const prefix = isPlain ? '' : '__Host-';
    this.names = { session: `${prefix}keyward_session`, challenge: `${prefix}keyward_two_factor` };
    this.attributes = { secure: !isPlain, httpOnly: true, sameSite: 'strict', path: '/' };
    this.#secret = secret;
  }

  /** The token of a cookie we signed, or null. */
  token(header: string | undefined, kind: CookieKind): string | null {
    const raw = this.raw(header, kind);
    const value = raw === null ? null : decode(raw);
    const dot = value?.lastIndexOf('.') ?? -1;
    if (value === null || dot < 1) return null;
    const expected = createHmac('sha256', this.#secret).update(value.slice(0, dot)).digest('base64');
    const given = Buffer.from(value.slice(dot + 1));
    if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected))) return null;
    return value.slice(0, dot);
  }

  /** A Cookie header with this one cookie only: better-auth never sees any other. */
  only(header: string | undefined, kind: CookieKind): string {
    const raw = this.raw(header, kind);
    return raw === null ? '' : `${this.names[kind]}=${raw}`;
  }

  /** The Set-Cookie lines that are ours, the last of each name: better-auth also clears cookies we never set. */
  ours(lines: readonly string[]): string[] {
    const last = new Map<string, string>();
    for (const line of lines) {
      const name = line.slice(0, line.indexOf('='));
      if (name === this.names.session || name === this.names.challenge) last.set(name, line);
    }
    return [...last.values()];
  }

  cleared(kind: CookieKind): string {
    return `${this.names[kind]}=; Max-Age=0; Path=/; HttpOnly${this.attributes.secure ? '; Secure' : ''}; SameSite=Strict`;
  }

  private raw(header: string | undefined, kind: CookieKind): string | null {
    const start = `${this.names[kind]}=`;
    const pair = header?.split(';').find((part) => part.trimStart().startsWith(start));
    const value = pair?.trim().slice(start.length) ?? '';
    return cookieValue.test(value) ? value : null;
  }
}

/** RFC 6265, 4.1.1, without the quotes. */
const cookieValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
