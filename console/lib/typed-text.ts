import { maskSecrets } from '../../src/core/secret-mask.ts';

/**
 * What was typed or pasted into a field that becomes part of an address. Of a secret only its hint is kept, which is what
 * it is found by: an address is in the history of the browser and in the logs of proxies.
 */
export function withoutSecrets(text: string): string {
  const masked = maskSecrets(text);
  return masked === text ? text : masked.replaceAll('…', '');
}
