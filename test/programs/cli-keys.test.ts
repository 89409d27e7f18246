import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect as openSocket, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { runHere } from '../cli.ts';
import { onEachDatabase } from '../databases.ts';
import { FakeClock, type Harness, openHarness, type TestKey } from '../harness.ts';

const secretShape = /sa_(live|test)_[0-9A-Za-z]{48}/;
const esc = String.fromCharCode(27);

/** Hands bytes on to the server, but of the first POSTs only the requests: their answers never arrive. */
async function lossyProxy(
  port: number,
  losses = 1,
): Promise<{ url: string; server: Server; posts: () => number }> {
  let posts = 0;
  const server = createServer((client) => {
    const upstream = openSocket(port, '127.0.0.1');
    let isLost = false;
    client.on('data', (chunk) => {
      if (chunk.toString('latin1').startsWith('POST ')) isLost = posts++ < losses;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => (isLost ? client.destroy() : client.write(chunk)));
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${own}`, server, posts: () => posts };
}

onEachDatabase((kind, skip) =>
  describe(`keyward keys and me, on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;
    let port: number;

    before(async () => {
      harness = await openHarness(kind, { clock: new FakeClock(Date.now()) });
      admin = await harness.createKey({
        name: 'Operations — Command line',
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 },
      });
      port = Number(new URL(await harness.server.listen({ host: '127.0.0.1', port: 0 })).port);
    });
    after(() => harness?.close());

    const env = (key = admin.secret, host = 'localhost') => ({
      KEYWARD_URL: `http://${host}:${port}`,
      KEYWARD_API_KEY: key,
      KEYWARD_API_KEY_FILE: undefined,
    });
    const keyward = (...args: string[]) => runHere(args, env());
    const created = async (...args: string[]) => {
      const { code, stdout, stderr } = await keyward('keys', 'create', ...args, '--json');
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };

    test('a key has the settings that were named', async () => {
      const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
      const key = await created(
        ...[
          'Zendesk sync — Settings',
          '--description',
          'Nightly',
          '--scope',
          'knowledge:read,contacts:write',
        ],
        ...['--scope', 'webhooks:read', '--tier', 'professional', '--ip', '203.0.113.0/24'],
        ...['--ip', '2001:db8::/48', '--expires', day, '--environment', 'production'],
      );
      assert.deepEqual(key.scopes, ['contacts:write', 'knowledge:read', 'webhooks:read']);
      assert.equal(key.description, 'Nightly');
      assert.equal(key.rateLimit.tier, 'professional');
      assert.deepEqual(key.ipAllowlist, ['203.0.113.0/24', '2001:db8::/48']);
      assert.equal(key.expiresAt, `${day}T00:00:00.000Z`);
      assert.match(key.secret, secretShape);
    });

    test('a limit of its own is made of its three numbers, and half of one is refused', async () => {
      const scope = ['--scope', 'knowledge:read'];
      const key = await created('Zendesk sync — Limit', ...scope, '--per-minute', '5', '--per-day', '100');
      assert.deepEqual(key.rateLimit, { tier: 'custom', perMinute: 5, perDay: 100, burst: 0 });
      const refused = await keyward('keys', 'create', 'Zendesk sync — Half', ...scope, '--per-minute', '5');
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /--per-day/);
    });

    test('no key inherits every scope unless that was said', async () => {
      for (const scope of [[], ['--scope', ''], ['--scope', ' , ']]) {
        const refused = await keyward('keys', 'create', 'Reports — Inherit', ...scope);
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, /--inherit-all-scopes/);
      }
      const { stdout } = await keyward('keys', 'list', '--q', 'Reports — Inherit', '--ids');
      assert.equal(stdout, '');
      const key = await created('Reports — Inherit', '--inherit-all-scopes');
      assert.equal(key.inheritsAllScopes, true);
    });

    test('a secret stands alone on standard output, and nowhere else', async () => {
      const plain = await keyward('keys', 'create', 'Help center — Alone', '--bundle', 'basic');
      assert.match(plain.stdout, /^sa_live_[0-9A-Za-z]{48}\n$/);
      assert.match(plain.stderr, /Created "Help center — Alone" \(key_\w+\) in production\..*only time/s);
      assert.doesNotMatch(plain.stderr, secretShape);
      for (const [name, ...options] of [['regenerate'], ['rotate'], ['replace', '--bundle', 'basic']]) {
        const quiet = await keyward('keys', name!, 'Help center — Alone', ...options, '--quiet');
        assert.equal(quiet.code, 0, quiet.stderr);
        assert.match(quiet.stdout, /^sa_live_[0-9A-Za-z]{48}\n$/);
        assert.equal(quiet.stderr, '');
      }
    });

    test('on a terminal a secret comes with the sentence that it is shown once', async () => {
      const args = ['keys', 'create', 'Help center — Terminal', '--bundle', 'basic'];
      const { stdout, stderr } = await runHere(args, env(), 100);
      assert.match(stdout, /\n {2}.*sa_live_[0-9A-Za-z]{48}.*\n\n$/s);
      assert.match(stderr, /only time that the secret is shown/);
    });

    test('a copy has what its model has, and options go first', async () => {
      const expires = ['--expires', '20d'];
      const limit = ['--per-minute', '7', '--burst', '3', '--per-day', '70'];
      const ip = ['--ip', '203.0.113.0/24'];
      const model = await created('Model — Original', '--bundle', 'basic', ...limit, ...ip, ...expires);
      const copy = await created('Model — Copy', '--like', 'Model — Original');
      for (const field of ['scopes', 'rateLimit', 'ipAllowlist', 'expiresAt', 'description']) {
        assert.deepEqual(copy[field], model[field], field);
      }
      assert.notEqual(copy.secret, model.secret);
      const own = ['--scope', 'jobs:read', '--per-minute', '2', '--ip', '198.51.100.7', '--expires', 'never'];
      const other = await created('Model — Other', '--like', model.id, ...own);
      assert.deepEqual(other.scopes, ['jobs:read']);
      assert.deepEqual(other.rateLimit, { tier: 'custom', perMinute: 2, perDay: 70, burst: 2 });
      assert.deepEqual(other.ipAllowlist, ['198.51.100.7/32']);
      assert.equal(other.expiresAt, null);
    });

    test('a copy of a key that inherits needs the same word, and a tier can take the place of a limit', async () => {
      await created('Model — Wide', '--inherit-all-scopes');
      const refused = await keyward('keys', 'create', 'Model — Wide 2', '--like', 'Model — Wide');
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /"Model — Wide" .* inherits every scope, and so would its copy/);
      const tiered = ['--like', 'Model — Wide', '--inherit-all-scopes', '--tier', 'enterprise'];
      const copy = await created('Model — Wide 2', ...tiered);
      assert.equal(copy.inheritsAllScopes, true);
      assert.equal(copy.rateLimit.tier, 'enterprise');
    });

    test('a secret whose answer was lost is not made twice, and the command says that nobody has it', async (t) => {
      const proxy = await lossyProxy(port);
      t.after(() => proxy.server.close());
      const args = ['keys', 'create', 'Proxy — Lost answer', '--bundle', 'basic'];
      const lost = await runHere([...args, '--url', proxy.url], env());
      assert.equal(lost.code, 1);
      assert.equal(proxy.posts(), 2);
      assert.equal(lost.stdout, '');
      const { stdout } = await keyward('keys', 'list', '--q', 'Proxy — Lost answer', '--ids');
      assert.match(stdout, /^key_\w+\n$/);
      assert.match(
        lost.stderr,
        new RegExp(`nobody has it.\nGet a new one: keyward keys regenerate ${stdout}`),
      );
    });

    test('where every answer was lost, nobody claims to know what happened', async (t) => {
      const proxy = await lossyProxy(port, 100);
      t.after(() => proxy.server.close());
      const args = ['keys', 'create', 'Proxy — All lost', '--bundle', 'basic', '--url', proxy.url];
      const lost = await runHere(args, env());
      assert.equal(lost.code, 7);
      assert.match(lost.stderr, /Whether the request was carried out is not known\.\n$/);
      const { stdout } = await keyward('keys', 'list', '--q', 'Proxy — All lost', '--ids');
      assert.match(stdout, /^key_\w+\n$/);
    });

    test('a key is found by id, by its name and by a hint, and never guessed', async () => {
      const key = await created('Finder — One', '--bundle', 'basic');
      for (const text of [key.id, key.name, key.hint]) {
        const { stdout } = await keyward('keys', 'show', text, '--json');
        assert.equal(JSON.parse(stdout).id, key.id);
      }
      const similar = await keyward('keys', 'revoke', 'Finder');
      assert.equal(similar.code, 4);
      assert.match(similar.stderr, new RegExp(`Similar ones:\n  ${key.id}  Finder — One`));
      const twin = await created('Finder — One', '--bundle', 'basic');
      const ambiguous = await keyward('keys', 'revoke', 'Finder — One');
      assert.equal(ambiguous.code, 5);
      assert.ok([key.id, twin.id].every((id) => ambiguous.stderr.includes(id)));
      assert.equal(JSON.parse((await keyward('keys', 'show', key.id, '--json')).stdout).status, 'active');
    });

    test('a secret given by mistake is neither sent nor repeated', async () => {
      const { secret } = await created('Mistake — Secret', '--bundle', 'basic');
      const mistakes = [
        ['keys', 'show', secret],
        ['keys', 'delete', secret, '--yes'],
        ['keys', 'create', secret, '--bundle', 'basic'],
        ['keys', 'create', 'x', '--description', secret],
        ['keys', 'list', '--q', secret],
        ['keys', 'list', `--key=${secret}`],
        ['keys', secret],
        [secret],
        ['me', 'revoke', '--yes', '--reason', secret],
      ];
      for (const args of mistakes) {
        const { code, stdout, stderr } = await keyward(...args);
        assert.equal(code, 2, `${args[1]}: ${stderr}`);
        assert.doesNotMatch(stdout + stderr, secretShape);
      }
      assert.equal((await runHere(['me'], env(secret))).code, 0);
    });

    test('the list shows name, hint, scopes, status, last use and warnings, and no secret', async () => {
      await created('Listed — Wide', '--inherit-all-scopes');
      const { stdout } = await keyward('keys', 'list', '--q', 'Listed — Wide');
      const [titles, row, end] = stdout.split('\n');
      assert.equal(end, '');
      assert.match(titles!, /^NAME +HINT +ID +SCOPES +STATUS +LAST USED +WARNINGS$/);
      assert.match(
        row!,
        /^Listed — Wide +sa_live_\w{10} +key_\w+ +all \(inherited\) +active +never +inherits all scopes$/,
      );
    });

    test('a narrow terminal gets lines that fit instead of a table that breaks', async () => {
      await created('Narrow — Terminal', '--inherit-all-scopes');
      const args = ['keys', 'list', '--q', 'Narrow — Terminal'];
      const { stdout } = await runHere(args, { ...env(), NO_COLOR: '1', FORCE_COLOR: undefined }, 60);
      assert.match(stdout, /^Narrow — Terminal {2}active, never used\n {2}key_\w+ {2}sa_live_\w{10}\n/);
      assert.ok(stdout.split('\n').every((line) => line.length <= 60));
      const wide = await runHere(args, { ...env(), NO_COLOR: '1', FORCE_COLOR: undefined }, 200);
      assert.match(wide.stdout, /^NAME +HINT/);
    });

    test('a list goes through all pages, and asks for no more than --limit', async () => {
      const model = { scopes: ['knowledge:read'] };
      for (let i = 0; i < 205; i++) await harness.createKey({ ...model, name: `Paged — Number ${i}` });
      const before = await remaining();
      const all = await keyward('keys', 'list', '--q', 'Paged — Number', '--ids');
      assert.equal(new Set(all.stdout.trim().split('\n')).size, 205);
      assert.equal(before - (await remaining()), 3);
      const some = await keyward('keys', 'list', '--q', 'Paged — Number', '--limit', '3');
      assert.equal(some.stdout.split('\n').length, 5);
      assert.match(some.stderr, /more than these 3/);
      const json = await keyward('keys', 'list', '--q', 'Paged — Number', '--json');
      assert.equal(JSON.parse(json.stdout).data.length, 205);
      assert.equal(JSON.parse(json.stdout).nextCursor, null);
    });

    async function remaining(): Promise<number> {
      return JSON.parse((await keyward('me', '--json')).stdout).rateLimit.remaining;
    }

    test('filters of the list are those of the API', async () => {
      const key = await created('Filter — Revoked', '--scope', 'telemetry:write', '--tier', 'enterprise');
      await keyward('keys', 'revoke', key.id);
      const filters = ['--status', 'inactive', '--scope', 'telemetry:write', '--tier', 'enterprise'];
      const others = ['--owner', 'tenant', '--environment', 'production', '--q', 'Filter'];
      const { stdout } = await keyward('keys', 'list', ...filters, ...others, '--ids');
      assert.equal(stdout, `${key.id}\n`);
      const none = await keyward('keys', 'list', '--q', 'Filter', '--environment', 'sandbox');
      assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'No key fits.\n']);
    });

    test('names that hold escape sequences do not reach the terminal as such', async () => {
      const name = `Hostile${esc}[2J${esc}]0;title\u0007 \u009b31m \u202e — Name\r\nfake  line`;
      const key = await harness.createKey({ name, description: `${esc}[5mblink`, scopes: ['jobs:read'] });
      const outputs = [
        await keyward('keys', 'list', '--q', 'Hostile'),
        await runHere(
          ['keys', 'list', '--q', 'Hostile'],
          { ...env(), NO_COLOR: '1', FORCE_COLOR: undefined },
          60,
        ),
        await keyward('keys', 'show', key.id),
        await keyward('keys', 'show', 'Hostile'),
        await keyward('keys', 'rotate', key.id),
        await keyward('keys', 'revoke', key.id),
        await keyward('keys', 'show', key.id, '--json'),
        await runHere(['me'], env((await hostileHolder(name)).secret)),
      ];
      for (const { stdout, stderr } of outputs) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be absent
        assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
      assert.match(outputs[0]!.stdout, /\nHostile.* — Name fake {2}line/);
      assert.equal(JSON.parse(outputs[6]!.stdout).name, name);
    });

    function hostileHolder(name: string): Promise<TestKey> {
      return harness.createKey({ name, scopes: ['jobs:read'] });
    }

    test('a rotation keeps the old secret for the grace, and another one must be told to end it', async () => {
      const key = await created('Rotation — Grace', '--bundle', 'basic');
      const rotated = await keyward('keys', 'rotate', key.id, '--grace', '2h');
      assert.match(rotated.stderr, new RegExp(`The old one, ${key.hint}, works until .* \\(in 2 hours\\)`));
      const shown = await keyward('keys', 'show', key.id);
      assert.match(shown.stdout, new RegExp(`${key.hint} +retiring +never +.*\\(in 2 hours\\)`));
      const again = await keyward('keys', 'rotate', key.id);
      assert.equal(again.code, 5);
      assert.equal((await keyward('keys', 'rotate', key.id, '--end-retiring', '--grace', '0')).code, 0);
      assert.equal((await runHere(['me'], env(key.secret))).code, 3);
    });

    test('a replacement names its model, and needs scopes', async () => {
      const key = await created('Replace — Me', '--bundle', 'basic');
      const replaced = await keyward(
        'keys',
        'replace',
        key.id,
        '--scope',
        'jobs:read',
        '--grace',
        '1h',
        '--json',
      );
      assert.equal(JSON.parse(replaced.stdout).replaces, key.id);
      assert.equal((await keyward('keys', 'replace', key.id)).code, 2);
      const shown = await keyward('keys', 'show', key.id);
      assert.match(shown.stdout, /replaced by +key_\w+\n +ends +.*\(in 1 hour\)|\(in 60 minutes\)/);
    });

    test('a revoked key stops, tells why, and works again when it is activated', async () => {
      const key = await created('Revoke — Reason', '--bundle', 'basic');
      const revoked = await keyward('keys', 'revoke', 'Revoke — Reason', '--reason', 'Contract ended');
      assert.match(revoked.stdout, /^Revoked "Revoke — Reason" .*No request with it is admitted any more/);
      const own = await runHere(['me', '--json'], env(key.secret));
      assert.equal(own.code, 3);
      assert.equal(JSON.parse(own.stdout).code, 'inactive_key');
      assert.match((await keyward('keys', 'show', key.id)).stdout, /inactive, revoked .*: Contract ended/);
      assert.match((await keyward('keys', 'activate', key.id)).stdout, /^Activated .*; it is active/);
      assert.equal((await runHere(['me'], env(key.secret))).code, 0);
    });

    test('deleting without a terminal needs --yes', async () => {
      const key = await created('Delete — Me', '--bundle', 'basic');
      const refused = await keyward('keys', 'delete', key.id);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /--yes/);
      const deleted = await keyward('keys', 'delete', 'Delete — Me', '--yes', '--json');
      assert.equal(JSON.parse(deleted.stdout).deleted, true);
      assert.equal((await keyward('keys', 'show', key.id)).code, 4);
    });

    test('whoever changes the key of the command line itself is told', async () => {
      const scopes = ['api_keys:write', 'api_keys:read'];
      const own = await harness.createKey({ name: 'Self — Rotating', scopes });
      const { stderr, code } = await runHere(['keys', 'rotate', own.id], env(own.secret));
      assert.equal(code, 0, stderr);
      assert.match(stderr, /key of this command line itself/);
    });

    test('me says what the key may do and what remains, and can end it', async () => {
      const key = await created('Me — Holder', '--scope', 'knowledge:write');
      const me = await runHere(['me'], env(key.secret));
      assert.match(me.stdout, /^Me — Holder\n.*scopes +knowledge:write\n +implied +knowledge:read\n/s);
      assert.match(me.stdout, /remaining +69 now, 9,999 today/);
      assert.doesNotMatch(me.stdout, secretShape);
      assert.equal((await runHere(['me', 'revoke'], env(key.secret))).code, 2);
      const args = ['me', 'revoke', '--yes', '--reason', 'compromised', '--json'];
      const revoked = await runHere(args, env(key.secret));
      assert.equal(JSON.parse(revoked.stdout).revokedReason, 'compromised');
      assert.equal((await runHere(['me'], env(key.secret))).code, 3);
    });

    test('the host decides the environment, and *.localhost is this machine', async () => {
      const key = await harness.createKey({
        environment: 'sandbox',
        name: 'Sandbox — Keeper',
        scopes: ['api_keys:read', 'api_keys:write', 'knowledge:read'],
      });
      const sandbox = env(key.secret, 'sandbox.localhost');
      assert.match((await runHere(['me'], sandbox)).stdout, /environment +sandbox/);
      const made = await runHere(['keys', 'create', 'Sandbox — Made', '--scope', 'knowledge:read'], sandbox);
      assert.match(made.stdout, /^sa_test_/);
      const elsewhere = ['keys', 'create', 'x', '--scope', 'knowledge:read', '--environment', 'production'];
      assert.notEqual((await runHere(elsewhere, sandbox)).code, 0);
      const wrong = await runHere(['me', '--json'], env(key.secret));
      assert.equal(wrong.code, 3);
      assert.equal(JSON.parse(wrong.stdout).code, 'environment_mismatch');
    });

    test('exit codes tell what kind of failure it was', async () => {
      const spent = await harness.createKey({
        name: 'Spent — Day',
        scopes: ['api_keys:read'],
        rateLimit: { perMinute: 10, burst: 0, perDay: 1 },
      });
      const unknown = 'key_01m7xxxhjvs2yy9ep2n4c8q4t6';
      const cases: [code: number, args: string[], env: ReturnType<typeof env>][] = [
        [2, ['keys', 'list', '--status', 'gone'], env()],
        [2, ['keys', 'create', 'x', '--bundle', 'basic', '--expires', '2027-02-31'], env()],
        [2, ['keys', 'create', 'x', '--bundle', 'basic', '--expires', '2020-01-01'], env()],
        [2, ['keys', 'rotate', unknown, '--grace', '31d'], env()],
        [2, ['keys', 'create', 'x', '--bundle', 'basic', '--scope', 'jobs:read'], env()],
        [2, ['me', '--url', 'localhost:8787'], env()],
        [3, ['keys', 'list'], env('sa_live_nonsense')],
        [3, ['keys', 'list'], env('not a\tkey')],
        [3, ['keys', 'list'], env('')],
        [4, ['keys', 'show', unknown], env()],
        [0, ['keys', 'list', '--limit', '1'], env(spent.secret)],
        [6, ['keys', 'list', '--limit', '1'], env(spent.secret)],
      ];
      for (const [code, args, settings] of cases) {
        const ran = await runHere(args, settings);
        assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stderr}`);
        if (code !== 0) assert.notEqual(ran.stderr, '');
      }
    });
  }),
);
