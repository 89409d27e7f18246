import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the build puts the console: the same place from the sources and from what was compiled of them. */
export const consoleFolder = fileURLToPath(new URL('../../dist/console', import.meta.url));

/** Written as the last file of a build; says what it was made from. */
export const manifestName = 'build.json';

/** What stands in the page where the nonce of an answer goes. console/vite.config.ts has it too. */
const noncePlace = 'KEYWARD_NONCE';

export type Encoding = 'identity' | 'br' | 'gzip';

/** Endings of the files that the build makes of a file that compresses well. */
export const encodedEndings = { br: '.br', gzip: '.gz' } as const satisfies Partial<Record<Encoding, string>>;

export interface Asset {
  readonly type: string;
  readonly digest: string;
  readonly bytes: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer };
}

export interface BuiltConsole {
  /** The page, cut at the places of the nonce. */
  readonly page: readonly string[];
  /** By the name in `/assets/{name}`. Nothing else is ever read for a request. */
  readonly assets: ReadonlyMap<string, Asset>;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

function readAsset(folder: string, name: string): Asset {
  const path = join(folder, name);
  const identity = readFileSync(path);
  const encoded = Object.entries(encodedEndings)
    .filter(([, ending]) => existsSync(path + ending))
    .map(([encoding, ending]) => [encoding, readFileSync(path + ending)]);
  return {
    type: types[extname(name)] ?? 'application/octet-stream',
    digest: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    bytes: { identity, ...Object.fromEntries(encoded) },
  };
}

function readConsole(folder: string): BuiltConsole {
  const assets = join(folder, 'assets');
  const endings: readonly string[] = Object.values(encodedEndings);
  const names = readdirSync(assets).filter((name) => !endings.includes(extname(name)));
  return {
    page: readFileSync(join(folder, 'index.html'), 'utf8').split(noncePlace),
    assets: new Map(names.map((name) => [name, readAsset(assets, name)])),
  };
}

/** The built console in memory: read when it is first asked for, and again after another build. */
export class ConsoleFiles {
  readonly #folder: string;
  #stamp: string | null = null;
  #built: BuiltConsole | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Another one after each build; null while there is none. */
  stamp(): string | null {
    const stats = statSync(join(this.#folder, manifestName), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : `${stats.ino} ${stats.mtimeNs} ${stats.size}`;
  }

  /** null where there is none. While a build is put in the place of another, this is still the one before. */
  current(): BuiltConsole | null {
    const stamp = this.stamp();
    if (stamp === null || stamp === this.#stamp) return this.#built;
    const built = this.#read();
    // Half of one build and half of another would be neither.
    if (built === null || this.stamp() !== stamp) return this.#built;
    this.#stamp = stamp;
    this.#built = built;
    return built;
  }

  #read(): BuiltConsole | null {
    try {
      return readConsole(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }
}
