import type { Contender } from '../lib/contender.ts';
import { prepareBetterAuth } from './better-auth.ts';

export function prepare(directory: string): Promise<Contender> {
  return prepareBetterAuth(directory, 'database');
}
