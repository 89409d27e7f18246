/** A network: `base` holds its first address as 16-bit groups (2 for v4, 8 for v6) without host bits. */
export interface Cidr {
  readonly text: string;
  readonly family: 4 | 6;
  readonly bits: number;
  readonly base: readonly number[];
}

/**
 * Reads a network or a bare address (/32, /128) strictly; null for anything else. `text` is canonical (RFC 5952,
 * always with its length, host bits cleared); a v4-mapped v6 network of /96 or longer becomes the v4 network.
 */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  if (address.includes('%')) return null;
  const isV6Text = address.includes(':');
  const full = isV6Text ? 128 : 32;
  let bits = slash < 0 ? full : parseLength(text.slice(slash + 1));
  if (bits < 0 || bits > full) return null;
  // With fewer than 96 bits a network is wider than the mapped range and must not be read as v4.
  const family = readAddress(address, bits >= 96);
  if (family === 0) return null;
  if (family === 4 && isV6Text) bits -= 96;
  const base = Array.from(
    scratch.subarray(0, family === 4 ? 2 : 8),
    (group, k) => group & groupMask(bits, k),
  );
  return { text: `${formatAddress(base)}/${bits}`, family, bits, base };
}

/**
 * Compiles networks into a matcher that parses the address once and allocates nothing for plain addresses. An
 * invalid network matches nothing, and so does an empty list: what an empty list means is the caller's to decide.
 * A v4-mapped address is its v4 address, so `::/0` matches no v4 client.
 */
export function compileCidrs(list: readonly string[]): (ip: string) => boolean {
  const networks = list.map(parseCidr).filter((network) => network !== null);
  return (ip) => {
    const family = readAddress(ip, true);
    if (family === 0) return false;
    for (const network of networks) {
      if (network.family === family && contains(network, scratch)) return true;
    }
    return false;
  };
}

/**
 * Whether each inner network lies inside a single outer one. Adjacent outers are not merged (two /9 do not cover
 * their /8); an invalid inner network is never inside. DANGER: an empty `inner` is inside everything, although an
 * empty allow-list usually means "from anywhere": handle that before.
 */
export function cidrsWithin(inner: readonly string[], outer: readonly string[]): boolean {
  const outers = outer.map(parseCidr).filter((network) => network !== null);
  return inner.every((text) => {
    const network = parseCidr(text);
    if (network === null) return false;
    return outers.some(
      (wide) => wide.family === network.family && wide.bits <= network.bits && contains(wide, network.base),
    );
  });
}

/** One canonical text per address: v4-mapped v6 as v4, without zone id, RFC 5952; null when it is no address. */
export function normalizeIp(ip: string): string | null {
  const family = readAddress(ip, true);
  if (family === 0) return null;
  if (family === 6) return formatAddress(scratch);
  return ip.includes(':') ? formatAddress(scratch.subarray(0, 2)) : ip;
}

// One buffer for all reads: nothing here awaits, and the guard calls this for every request.
const scratch = new Uint16Array(8);

/** Reads an address into `scratch` (2 groups for v4, 8 for v6) and answers its family, 0 for anything else. */
function readAddress(ip: string, unmapsV4: boolean): 0 | 4 | 6 {
  if (readV4(ip, 0, 0)) return 4;
  const percent = ip.indexOf('%');
  if (percent === ip.length - 1) return 0;
  if (!readV6(percent < 0 ? ip : ip.slice(0, percent))) return 0;
  if (!unmapsV4 || scratch[5] !== 0xffff) return 6;
  for (let k = 0; k < 5; k++) if (scratch[k] !== 0) return 6;
  scratch.copyWithin(0, 6, 8);
  return 4;
}

/** Four decimal octets from `from` to the end; a leading zero is refused, since some parsers read it as octal. */
function readV4(text: string, from: number, into: number): boolean {
  const length = text.length - from;
  if (length < 7 || length > 15) return false;
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (octet < 0 || ++dots > 3) return false;
      value = value * 256 + octet;
      octet = -1;
      continue;
    }
    if (code < 48 || code > 57 || octet === 0) return false;
    octet = (octet < 0 ? 0 : octet * 10) + code - 48;
    if (octet > 255) return false;
  }
  if (dots !== 3 || octet < 0) return false;
  value = value * 256 + octet;
  scratch[into] = value >>> 16;
  scratch[into + 1] = value & 0xffff;
  return true;
}

/** The text forms of RFC 4291 section 2.2; `::` stands for one group or more. */
function readV6(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  let count = 0;
  let gap = text.startsWith('::') ? 0 : -1;
  let i = gap === 0 ? 2 : 0;
  while (i < text.length) {
    const start = i;
    let value = 0;
    for (let digit = hexDigit(text, i); digit >= 0 && i - start < 5; digit = hexDigit(text, i)) {
      value = value * 16 + digit;
      i++;
    }
    if (text.charCodeAt(i) === 46) {
      if (count > 6 || !readV4(text, start, count)) return false;
      count += 2;
      break;
    }
    if (i === start || i - start > 4 || count === 8) return false;
    scratch[count++] = value;
    if (i === text.length) break;
    if (text.charCodeAt(i++) !== 58 || i === text.length) return false;
    if (text.charCodeAt(i) === 58) {
      if (gap >= 0) return false;
      gap = count;
      i++;
    }
  }
  return gap < 0 ? count === 8 : openGap(gap, count);
}

function openGap(gap: number, count: number): boolean {
  if (count > 7) return false;
  scratch.copyWithin(8 - (count - gap), gap, count);
  scratch.fill(0, gap, 8 - (count - gap));
  return true;
}

function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function parseLength(text: string): number {
  return /^(?:0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : -1;
}

function groupMask(bits: number, group: number): number {
  const rest = bits - 16 * group;
  return rest >= 16 ? 0xffff : rest <= 0 ? 0 : (0xffff << (16 - rest)) & 0xffff;
}

function contains(network: Cidr, groups: ArrayLike<number>): boolean {
  for (let k = 0; 16 * k < network.bits; k++) {
    if (((groups[k]! ^ network.base[k]!) & groupMask(network.bits, k)) !== 0) return false;
  }
  return true;
}

/** Dotted decimal for two groups, RFC 5952 for eight (the first longest run of two or more zeros as `::`). */
function formatAddress(groups: ArrayLike<number>): string {
  if (groups.length === 2) {
    const [high, low] = [groups[0]!, groups[1]!];
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  let runStart = -1;
  let runLength = 1;
  for (let k = 0; k < 8; k++) {
    let end = k;
    while (end < 8 && groups[end] === 0) end++;
    if (end - k > runLength) {
      runStart = k;
      runLength = end - k;
    }
  }
  const hex = Array.from(groups, (group) => group.toString(16));
  if (runStart < 0) return hex.join(':');
  return `${hex.slice(0, runStart).join(':')}::${hex.slice(runStart + runLength).join(':')}`;
}
