import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { runHere } from '../cli.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['--version'], { stdio: 'ignore' }).status === 0;
}

function skipWithout(shell: string): false | string {
  return isInstalled(shell) ? false : `${shell} is not installed`;
}

function commandsOf(command: Command, path: string): { path: string; command: Command }[] {
  return [
    { path, command },
    ...command.commands.flatMap((child) => commandsOf(child, `${path} ${child.name()}`)),
  ];
}

describe('keyward completion', () => {
  let directory: string;
  const scriptOf = (shell: string) => join(directory, `keyward.${shell}`);

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'keyward-completion-'));
    for (const shell of shells) {
      const { code, stdout } = await runHere(['completion', shell], {});
      assert.equal(code, 0);
      writeFileSync(scriptOf(shell), stdout);
    }
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  /** What bash offers for a line, as readline would replace the last word by it. */
  function bashOffers(line: string): string[] {
    const script = `source "$1"; COMP_LINE="$2"; COMP_POINT=\${#COMP_LINE}; _keyward; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ['--norc', '--noprofile', '-u', '-c', script, 'bash', scriptOf('bash'), line];
    const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
    assert.equal(stderr, '');
    return stdout.split('\n').filter((word) => word !== '');
  }

  test('an unknown shell is wrong usage', async () => {
    assert.equal((await runHere(['completion', 'tcsh'], {})).code, 2);
    assert.equal((await runHere(['completion'], {})).code, 2);
  });

  test('every command and option of the program is in every script', async () => {
    const { stdout: bash } = await runHere(['completion', 'bash'], {});
    const { stdout: zsh } = await runHere(['completion', 'zsh'], {});
    const { stdout: fish } = await runHere(['completion', 'fish'], {});
    for (const { path, command } of commandsOf(createProgram().command, 'keyward')) {
      for (const script of [bash, zsh]) assert.ok(script.includes(`'${path}')`), path);
      assert.ok(fish.includes(`'${path}'`), path);
      for (const { long, hidden } of command.options) {
        if (!long || hidden) continue;
        assert.ok(bash.includes(long) && zsh.includes(long), long);
        assert.ok(fish.includes(`-l ${long.slice(2)}`), long);
      }
    }
  });

  describe('in bash', { skip: skipWithout('bash') }, () => {
    const cases: readonly [line: string, offers: readonly string[]][] = [
      ['keyward ke', ['keys']],
      ['keyward keys re', ['revoke', 'regenerate', 'replace']],
      ['keyward keys rotate --gr', ['--grace']],
      ['keyward keys list --status ', ['active', 'inactive', 'expired']],
      ['keyward keys list --status=in', ['inactive']],
      ['keyward keys list --status active --tier ent', ['enterprise']],
      ['keyward keys --help li', ['list']],
      ['keyward keys create "My key" --scope knowledge:', ['read', 'write']],
      ['keyward keys create x --scope know', ['knowledge:read', 'knowledge:write']],
      ['keyward keys create x --bundle ba', ['basic']],
      ['keyward keys create --description keys --ti', ['--tier']],
      ['keyward me rev', ['revoke']],
      ['keyward completion ', ['bash', 'zsh', 'fish', '--help']],
      ['keyward keys list --q ', []],
      ['keyward nonsense xyz', []],
    ];
    for (const [line, offers] of cases) {
      test(`${line}⇥ offers ${offers.join(' ') || 'nothing of its own'}`, () => {
        assert.deepEqual(bashOffers(line), offers);
      });
    }

    test('what stands on the line is never carried out', () => {
      const file = join(directory, 'carried-out');
      for (const line of [`keyward keys $(touch ${file})`, `keyward \`touch ${file}\` "'`]) bashOffers(line);
      assert.equal(existsSync(file), false);
    });

    test('the script loads as the guide says, where bash is strict too', () => {
      const script = `set -eu; eval "$(cat '${scriptOf('bash')}')"; complete -p keyward`;
      const { stdout } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
      assert.match(stdout, /complete .*-F _keyward keyward/);
    });
  });

  const everyShell: readonly [line: string, offers: readonly string[]][] = [
    ['keyward ke', ['keys']],
    ['keyward keys re', ['regenerate', 'replace', 'revoke']],
    ['keyward keys rotate --gr', ['--grace']],
    ['keyward keys list --status ', ['active', 'expired', 'inactive']],
    ['keyward keys list --status active --tier ent', ['enterprise']],
    ['keyward keys create x --scope know', ['knowledge:read', 'knowledge:write']],
    ['keyward keys create x --bundle ba', ['basic']],
    ['keyward keys create --description keys --ti', ['--tier']],
    ['keyward me rev', ['revoke']],
    ['keyward completion ', ['bash', 'fish', 'zsh']],
    ['keyward nonsense xyz', []],
  ];

  function offeredBy(command: string, args: readonly string[]): string[] {
    const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
    assert.deepEqual([status, stderr], [0, '']);
    return stdout.split('\n').filter((word) => word !== '');
  }

  /** An interactive zsh, with a Tab at the end of the line. */
  function zshOffers(line: string): string[] {
    const place = mkdtempSync(join(directory, 'zsh-'));
    return offeredBy('zsh', [
      '-f',
      join(import.meta.dirname, 'zsh-offers.zsh'),
      place,
      scriptOf('zsh'),
      line,
    ]);
  }

  function fishOffers(line: string): string[] {
    const command = 'source $argv[1]; complete -C $argv[2]';
    const offered = offeredBy('fish', ['--no-config', '-c', command, scriptOf('fish'), line]);
    return offered.map((text) => text.split('\t')[0]!);
  }

  for (const [shell, offersOf] of [
    ['zsh', zshOffers],
    ['fish', fishOffers],
  ] as const) {
    describe(`in ${shell}`, { skip: skipWithout(shell) }, () => {
      for (const [line, offers] of everyShell) {
        test(`${line}⇥ offers ${offers.join(' ') || 'nothing of its own'}`, () => {
          assert.deepEqual(offersOf(line).sort(), offers);
        });
      }

      test('what stands on the line is never carried out', () => {
        const file = join(directory, 'carried-out');
        for (const line of [`keyward keys $(touch ${file}) re`, `keyward (touch ${file}) "' `])
          offersOf(line);
        assert.equal(existsSync(file), false);
      });
    });
  }

  test('zsh reads its script without a complaint', { skip: skipWithout('zsh') }, () => {
    const { status, stderr } = spawnSync('zsh', ['-f', '-n', scriptOf('zsh')], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, '']);
  });
});
