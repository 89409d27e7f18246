import { createHash } from 'node:crypto';

/** Names that Windows keeps for devices, with any extension. */
const reserved = /^(?:con|prn|aux|nul|conin|conout|com[\d¹²³]|lpt[\d¹²³])$/i;
/** Leaves room for an extension and for what is written before a rename; file systems end at 255. */
const maxBytes = 180;

function cutTo(text: string, bytes: number): string {
  let cut = '';
  for (const character of text) {
    if (Buffer.byteLength(cut + character) > bytes) return cut;
    cut += character;
  }
  return cut;
}

/**
 * Names for files and folders, each once in its folder, also where case and Unicode forms do not count. Whatever the
 * server says, a name has no separator, no dot and no control character in it.
 */
export class FileNames {
  readonly #taken = new Map<string, string>();

  /** The same slug in the same folder gets the same name each time. */
  choose(folder: string, slug: string): string {
    const safe = slug.normalize('NFC').replaceAll(/[^\p{L}\p{N}\p{M}-]+/gu, '-');
    const short = cutTo(safe, maxBytes).replace(/^[^\p{L}\p{N}]+|-+$/gu, '');
    const digest = createHash('sha256').update(slug).digest('hex').slice(0, 10);
    const isGood = short === slug && !reserved.test(short) && /^[\p{L}\p{N}]/u.test(short);
    const name = isGood && this.#take(folder, short, slug) ? short : `${short || 'page'}-${digest}`;
    this.#take(folder, name, slug);
    return name;
  }

  #take(folder: string, name: string, slug: string): boolean {
    const key = `${folder}/${name}`.normalize('NFKC').toUpperCase().toLowerCase();
    const owner = this.#taken.get(key);
    if (owner === undefined) this.#taken.set(key, slug);
    return owner === undefined || owner === slug;
  }
}
