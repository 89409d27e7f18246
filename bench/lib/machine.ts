import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { version as keyward } from '../../src/version.ts';
import { nginxVersion } from './nginx.ts';
import { benchRoot, cores, isPinned, root } from './process.ts';

export interface Machine {
  readonly cpu: string;
  readonly processors: number;
  readonly memoryGiB: number;
  readonly system: string;
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    processors: all.length,
    memoryGiB: Math.round(totalmem() / 1_024 ** 3),
    system: `${type()} ${release().split('.', 2).join('.')} ${arch()}`,
  };
}

/** The version of Keyward and its commit, marked where the sources are not those of the commit. */
export function describeKeyward(): string {
  return `${keyward} (${commit()})`;
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const isClean = git('status', '--porcelain', 'src', 'package-lock.json') === '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${isClean ? '' : ' and changes'}`;
  } catch {
    return 'unknown';
  }
}

export function describeVersions(): Readonly<Record<string, string>> {
  const { dependencies } = JSON.parse(readFileSync(join(benchRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return {
    node: process.versions.node,
    sqlite: process.versions.sqlite ?? 'unknown',
    'better-auth': dependencies['better-auth']!,
    '@better-auth/api-key': dependencies['@better-auth/api-key']!,
    nginx: nginxVersion()?.replace('nginx/', '') ?? 'not installed',
  };
}

export function describePinning(): string {
  if (!isPinned) return 'nothing was pinned: there is no taskset here, or only one processor';
  return `taskset: the load generator on processor ${cores.load}, what is measured on processor ${cores.measured}`;
}
