import { Presets, SingleBar } from 'cli-progress';
import type { Output } from '../output.ts';

export interface Progress {
  tick(): void;
  /** A line above the bar. */
  note(text: string): void;
  stop(): void;
}

/** A bar on standard error, on a terminal only. */
export function startProgress(output: Output, total: number, isQuiet: boolean): Progress {
  const note = (text: string) => output.note(text);
  if (!output.isInteractive || isQuiet || total === 0) return { tick: () => {}, note, stop: () => {} };
  const bar = new SingleBar(
    {
      format: 'Pushing {bar} {value}/{total}, {eta_formatted} left',
      stream: output.streams.stderr,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    tick: () => bar.increment(),
    note: (text) => {
      output.streams.stderr.write('\r\u001b[K');
      note(text);
    },
    stop: () => bar.stop(),
  };
}
