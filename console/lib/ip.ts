import { parseCidr } from '../../src/core/cidr.ts';

export const maxNetworks = 200;

export interface IpEntry {
  readonly text: string;
  /** As the server will keep it; null: it is neither an address nor a network. */
  readonly network: string | null;
  /** What is wrong with it, or worth knowing; null: nothing. */
  readonly note: string | null;
}

/** Entries of a list, one a line; commas and blanks separate, too. */
export function readIpList(text: string): IpEntry[] {
  const seen = new Set<string>();
  return text
    .split(/[\s,;]+/)
    .filter((part) => part !== '')
    .map((part) => {
      const entry = readEntry(part);
      if (entry.network === null) return entry;
      if (seen.has(entry.network)) return { ...entry, note: 'Is in the list already.' };
      seen.add(entry.network);
      return entry;
    });
}

function readEntry(text: string): IpEntry {
  const cidr = parseCidr(text);
  if (cidr === null) return { text, network: null, note: problemOf(text) };
  const { text: network, bits, family } = cidr;
  if (bits === 0) return { text, network, note: `Lets every IPv${family} address in.` };
  const isSame = network === text || network === `${text}/${family === 4 ? 32 : 128}`;
  return { text, network, note: isSame ? null : `Becomes ${network}.` };
}

function problemOf(text: string): string {
  const [address, length] = text.split('/');
  if (length !== undefined && parseCidr(address!) !== null)
    return `The length after the slash must be 0 to ${address!.includes(':') ? 128 : 32}.`;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address!))
    return 'Each of the four numbers must be 0 to 255, without leading zeros.';
  if (/[a-z]/i.test(text) && !text.includes(':'))
    return 'Names are not looked up: write the address, such as 203.0.113.7.';
  return 'Is neither an address nor a network, such as 203.0.113.0/24.';
}

/** The networks of a list, in their order and once each; null when an entry cannot be read. */
export function networksOf(text: string): string[] | null {
  const entries = readIpList(text);
  if (entries.some(({ network }) => network === null)) return null;
  return [...new Set(entries.map(({ network }) => network!))];
}
