/** Entry of the child process: a whole Keyward that listens, and a channel for what HTTP does not offer. */

import { loadConfig } from '../../src/config.ts';
import type { Environment } from '../../src/core/environments.ts';
import type { Role } from '../../src/core/roles.ts';
import { type Running, startKeyward } from '../../src/main.ts';
import type { Context } from '../../src/services/app.ts';
import { type CreateKeyInput, createKey } from '../../src/services/keys/create.ts';
import { inviteMember } from '../../src/services/people/invitations.ts';
import { createTenant, type NewOwner } from '../../src/services/people/setup.ts';
import { findAuditFaults } from './audit.ts';
import { type LoopReport, LoopWatch } from './loop-watch.ts';

export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

export interface Measures {
  readonly loop: LoopReport;
  readonly memory: Memory;
}

/** What the parent may ask for: name → arguments and answer. */
export interface Commands {
  tenant: { ask: NewOwner; answer: { readonly tenantId: string; readonly userId: string } };
  key: {
    ask: { readonly tenantId: string; readonly environment: Environment; readonly input: CreateKeyInput };
    answer: { readonly id: string; readonly secret: string };
  };
  invite: {
    ask: { readonly tenantId: string; readonly email: string; readonly role: Role };
    answer: { readonly link: string };
  };
  audit: { ask: null; answer: { readonly entries: number; readonly faults: string[] } };
  measure: { ask: { readonly isSwept: boolean }; answer: Measures };
  stop: { ask: null; answer: null };
}

type Handlers = { [N in keyof Commands]: (ask: Commands[N]['ask']) => Promise<Commands[N]['answer']> };

function contextIn(tenantId: string, environment: Environment = 'production'): Context {
  const caller = { kind: 'system', id: 'fuzz' } as const;
  return { tenantId, environment, requestId: null, ip: null, caller };
}

function memoryNow(isSwept: boolean): Memory {
  if (isSwept) {
    // Twice: what has a finalizer goes in the second round.
    globalThis.gc?.();
    globalThis.gc?.();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
}

function handlersOf({ composed: { app }, stop }: Running, watch: LoopWatch): Handlers {
  return {
    tenant: async (owner) => {
      const { tenantId, userId } = await createTenant(app, owner);
      return { tenantId, userId };
    },
    key: async ({ tenantId, environment, input }) => {
      const { key, secret } = await createKey(app, contextIn(tenantId, environment), input);
      return { id: key.id, secret };
    },
    invite: async ({ tenantId, email, role }) => {
      const { link } = await inviteMember(app, contextIn(tenantId), { email, role });
      return { link };
    },
    audit: () => findAuditFaults(app),
    measure: async ({ isSwept }) => {
      const loop = watch.take();
      const memory = memoryNow(isSwept);
      // The pause of a forced collection is no delay of the server's making.
      if (isSwept) setTimeout(() => watch.take(), 20);
      return { loop, memory };
    },
    stop: async () => {
      await stop();
      return null;
    },
  };
}

async function main(): Promise<void> {
  let setupLink = '';
  const running = await startKeyward(loadConfig(), {
    print: (line) => {
      setupLink = /(http\S+#token=\S+)/.exec(line)?.[1] ?? setupLink;
    },
    isInteractive: true,
  });
  const handlers = handlersOf(running, new LoopWatch()) as Record<string, (ask: unknown) => Promise<unknown>>;
  process.on('message', ({ id, name, ask }: { id: number; name: string; ask: unknown }) => {
    handlers[name]!(ask).then(
      (answer) => process.send!({ id, answer }, () => name === 'stop' && process.exit(0)),
      (error: Error) => process.send!({ id, error: error.message }),
    );
  });
  // Without its parent it is of no use to anybody.
  process.on('disconnect', () => process.exit(1));
  process.send!({ ready: { port: Number(new URL(running.url).port), setupLink } });
}

await main();
