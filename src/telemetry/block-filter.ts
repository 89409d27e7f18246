const bitsPerEntry = 10;
const probes = 7;
const minBytes = 16;

/** FNV-1a over UTF-16 code units, then mixed (the finaliser of MurmurHash3): stable, since filters are stored. */
function hashOf(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The two hashes from which a Bloom filter derives its probes (Kirsch and Mitzenmacher, 2006). */
interface Hashes {
  readonly first: number;
  readonly second: number;
}

function hashesOf(entry: string): Hashes {
  return { first: hashOf(entry, 0), second: hashOf(entry, 0x9e3779b9) | 1 };
}

/** What a block of the log may hold: a set of texts for which `has` errs on the side of yes, in about one of a hundred. */
export class BlockFilter {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  static of(entries: ReadonlySet<string>): BlockFilter {
    let length = minBytes;
    while (length * 8 < entries.size * bitsPerEntry) length *= 2;
    const bytes = new Uint8Array(length);
    for (const entry of entries) {
      const hashes = hashesOf(entry);
      for (let i = 0; i < probes; i++) {
        const bit = bitOf(hashes, i, length);
        bytes[bit >>> 3]! |= 1 << (bit & 7);
      }
    }
    return new BlockFilter(bytes);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  has(entry: string): boolean {
    const hashes = hashesOf(entry);
    for (let i = 0; i < probes; i++) {
      const bit = bitOf(hashes, i, this.#bytes.length);
      if ((this.#bytes[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

function bitOf({ first, second }: Hashes, probe: number, length: number): number {
  return ((first + Math.imul(probe, second)) >>> 0) & (length * 8 - 1);
}
