import { compileCidrs, normalizeIp } from './cidr.ts';

/** The IANA registries of special-purpose addresses: whatever is not globally reachable, or stands for another address. */
const isSpecial = compileCidrs([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // IETF protocols, with Teredo, benchmarking and ORCHID; documentation; 6to4; AS112.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
]);

/** All that is handed out of IPv6: outside are loopback, mapped and translated IPv4, ULA, link-local, site-local, multicast. */
const isGlobalV6 = compileCidrs(['2000::/3']);

/** Whether an address is one of the public internet. What is no address is not. */
export function isPublicAddress(ip: string): boolean {
  if (normalizeIp(ip) === null || ip.includes('%')) return false;
  return (!ip.includes(':') || isGlobalV6(ip)) && !isSpecial(ip);
}

/** Where webhooks may go: public addresses, and the networks that the operator named. */
export interface WebhookReach {
  readonly hasNamed: boolean;
  isNamed(ip: string): boolean;
}

export function webhookReach(networks: readonly string[]): WebhookReach {
  return { hasNamed: networks.length > 0, isNamed: compileCidrs(networks) };
}

/** Without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Only a network that the operator named may be reached like this. */
export function isUnusual(url: URL): boolean {
  return url.protocol !== 'https:' || !['', '8443'].includes(url.port);
}

/**
 * Of the addresses that a name stands for those that may be connected to; null: none. One that is not public shuts
 * out all of them, because a name that mixes both is a trick. Those that the operator named come before others.
 */
export function reachable(
  url: URL,
  addresses: readonly string[],
  reach: WebhookReach,
): readonly string[] | null {
  const named = addresses.filter((address) => reach.isNamed(address));
  if (named.length > 0) return named;
  return addresses.length > 0 && !isUnusual(url) && addresses.every(isPublicAddress) ? addresses : null;
}

const ports = 'must be an https address on port 443 or 8443';

/** What is wrong with the address of a webhook, as far as that can be said without resolving its name; null: nothing. */
export function webhookUrlProblem(text: string, reach: WebhookReach): string | null {
  if (!/^[\x21-\x7e]*$/.test(text))
    return 'must be written in ASCII, without blanks: bücher.example is xn--bcher-kva.example';
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return ports;
  if (url.username !== '' || url.password !== '')
    return 'must not have a user name or a password: the signature shows who sends';
  if (text.includes('#')) return 'must not have a fragment, which is never sent';
  if (isUnusual(url) && !reach.hasNamed) return ports;
  const host = hostOf(url);
  if (normalizeIp(host) === null || reachable(url, [host], reach) !== null) return null;
  return isUnusual(url)
    ? ports
    : 'must be a public address: this one is private, or kept for a special purpose';
}
