import { normalizeIp, parseCidr } from './cidr.ts';

/**
 * The caller's address: the rightmost of peer and X-Forwarded-For that `isTrusted` does not vouch for. The header is
 * read only behind a trusted peer; an entry that is no address ends the walk at the last good one, and where all
 * are trusted the leftmost is the caller. Canonical text; a peer that is no address comes back as it is.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  isTrusted: (ip: string) => boolean,
): string {
  let address = normalizeIp(peer) ?? peer;
  if (!forwardedFor) return address;
  let end = forwardedFor.length;
  while (end >= 0 && isTrusted(address)) {
    const comma = forwardedFor.lastIndexOf(',', end - 1);
    const entry = readEntry(forwardedFor.slice(comma + 1, end).trim());
    if (entry === null) break;
    address = entry;
    end = comma;
  }
  return address;
}

/**
 * The unit in which refusals are counted: the v4 address itself, the /64 of a v6 address (one caller commands a
 * whole /64); what is no address stands for itself.
 */
export function addressGroup(ip: string): string {
  const address = normalizeIp(ip);
  if (address === null) return ip;
  return address.includes(':') ? (parseCidr(`${address}/64`)?.text ?? address) : address;
}

// `[v6]`, `[v6]:port` and `v4:port`: proxies (Azure's among them) append ports although the header defines none.
const bracketed = /^\[([0-9A-Fa-f:.]{2,45}(?:%[^\]]{1,20})?)\](?::[0-9]{1,5})?$/;
const v4WithPort = /^([0-9.]{7,15}):[0-9]{1,5}$/;

function readEntry(entry: string): string | null {
  if (entry.length > 80) return null;
  const v6 = bracketed.exec(entry)?.[1];
  if (v6 !== undefined) return v6.includes(':') ? normalizeIp(v6) : null;
  return normalizeIp(v4WithPort.exec(entry)?.[1] ?? entry);
}
