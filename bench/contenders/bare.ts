import { hash, randomBytes } from 'node:crypto';
import type { Contender } from '../lib/contender.ts';

const keyCount = 1_000;

/** The least that any check of a hashed key costs: SHA-256 of the text, and a look into a Map. No scopes, no limits. */
export async function prepare(): Promise<Contender> {
  const texts = Array.from({ length: keyCount }, () => `Bearer sa_live_${randomBytes(24).toString('hex')}`);
  const known = new Map(texts.map((text) => [hash('sha256', text.slice(7)), { isActive: true }]));
  let done = 0;
  return {
    run(count) {
      for (let i = 0; i < count; i++) {
        const text = texts[done++ % keyCount]!;
        if (known.get(hash('sha256', text.slice(7)))?.isActive !== true) throw new Error('unknown');
      }
    },
    finish: async () => ({ decisions: done }),
  };
}
