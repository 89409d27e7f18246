import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newInstallation, startKeyward } from '../lib/installation.ts';
import { writeKnowledgeFiles } from '../lib/knowledge-files.ts';
import { environment, root } from '../lib/process.ts';
import type { Bench, Findings, Scenario } from '../lib/scenario.ts';
import { figure } from '../lib/stats.ts';

const files = 2_000;
const execute = promisify(execFile);

function keyward(args: readonly string[], settings: Readonly<Record<string, string>> = {}) {
  const argv = [join(root, 'src/cli/index.ts'), ...args];
  return execute(process.execPath, argv, { cwd: root, env: environment(settings), maxBuffer: 2 ** 28 });
}

async function hasCommand(): Promise<boolean> {
  try {
    return /\bpush\b/.test((await keyward(['kb', '--help'])).stdout);
  } catch {
    return false;
  }
}

async function articlesOf(port: number, secret: string): Promise<number> {
  let count = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/kb/articles?limit=200${query}`, {
      headers: { authorization: `Bearer ${secret}` },
    });
    const page = (await response.json()) as { data: unknown[]; nextCursor: string | null };
    count += page.data.length;
    cursor = page.nextCursor;
  }
  return count;
}

async function run(bench: Bench): Promise<Findings> {
  if (!(await hasCommand())) {
    return { figures: [], skipped: [{ what: 'keyward kb push', why: 'this version has no such command' }] };
  }
  const folder = join(bench.directory, 'articles');
  writeKnowledgeFiles(folder, files);
  const installation = newInstallation(join(bench.directory, 'data'));
  const { port, stop } = await startKeyward(installation.directory);
  const settings = { KEYWARD_URL: `http://127.0.0.1:${port}`, KEYWARD_API_KEY: installation.secret };
  const seconds: number[] = [];
  for (let i = 0; i < 4; i++) {
    const began = performance.now();
    await keyward(['kb', 'push', folder, '--json'], settings);
    seconds.push((performance.now() - began) / 1_000);
    bench.say(`push ${i + 1}: ${seconds[i]!.toFixed(2)} s`);
  }
  const count = await articlesOf(port, installation.secret);
  await stop();
  if (count !== files) throw new Error(`${files} files were pushed, and there are ${count} articles`);
  const about = { unit: 's', isHigherBetter: false };
  const [first, ...again] = seconds;
  const figures = [
    figure({ id: 'kb-push.first', label: 'keyward kb push of 2,000 new files', ...about }, [first!]),
    figure({ id: 'kb-push.again', label: 'The same again, nothing changed', ...about }, again),
  ];
  return { figures, skipped: [] };
}

export const kbPush: Scenario = {
  name: 'kb-push',
  title: 'Pushing a knowledge base of 2,000 files',
  isInQuick: false,
  run,
};
