import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { benchRoot, cores, environment, startPinned, stop } from './process.ts';

/** One of those that are compared, in a process of its own. A module in contenders/ exports `prepare`. */
export interface Contender {
  /** Does that many operations; throws when one of them does not succeed. */
  run(count: number): void | Promise<void>;
  /** After all rounds: closes everything, and checks what was counted. */
  finish(): Promise<Readonly<Record<string, number>>>;
}

export type Prepare = (directory: string) => Promise<Contender>;

export interface Round {
  readonly count: number;
  readonly seconds: number;
  /** Time on the processor, which other programs of the machine do not lengthen much. */
  readonly cpuSeconds: number;
}

/** Our end of a contender's process. */
export class ContenderProcess {
  readonly #child: ChildProcess;
  readonly name: string;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  static async start(name: string, directory: string): Promise<ContenderProcess> {
    const host = join(benchRoot, 'lib/contender-host.ts');
    const argv = [process.execPath, '--expose-gc', host, name, directory];
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const child = startPinned(cores.measured, argv, { env: environment(), stdio: [...stdio] });
    const contender = new ContenderProcess(name, child);
    await contender.#answer();
    return contender;
  }

  async #answer(): Promise<unknown> {
    const [message] = await Promise.race([
      once(this.#child, 'message'),
      once(this.#child, 'exit').then(() => {
        throw new Error(`${this.name} ended before it was done.`);
      }),
    ]);
    return message;
  }

  /** Runs for about so long, and tells what was done in which time. */
  async round(ms: number): Promise<Round> {
    this.#child.send({ ms });
    return (await this.#answer()) as Round;
  }

  async finish(): Promise<Readonly<Record<string, number>>> {
    this.#child.send({ ms: 0 });
    const facts = (await this.#answer()) as Readonly<Record<string, number>>;
    await stop(this.#child);
    return facts;
  }
}
