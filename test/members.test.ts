import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mayGrantRole, type Role, roleAllows, roleNames } from '../src/core/roles.ts';
import { Browser, everythingStored } from './browser.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, password } from './harness.ts';

const day = 86_400_000;

interface Person {
  readonly id: string;
  readonly email: string;
  readonly browser: Browser;
}

onEachDatabase((kind, skip) => {
  describe(`members on ${kind}`, { skip }, () => {
    let harness: Harness;
    let owner: Browser;
    let count = 0;

    before(async () => {
      harness = await openHarness(kind, { settings: { KEYWARD_REFUSALS_PER_MINUTE: '100000' } });
      owner = new Browser(harness);
      await owner.signIn('owner@example.com', password);
    });
    after(() => harness.close());

    function newEmail(): string {
      return `member${++count}@example.com`;
    }

    function tokenOf(link: string): string {
      return new URL(link).hash.replace('#token=', '');
    }

    async function join(role: Role, email = newEmail(), inviter = owner): Promise<Person> {
      const invited = await inviter.send('/api/v1/invitations', { email, role });
      assert.equal(invited.status, 201, invited.text);
      const browser = new Browser(harness);
      const body = { token: tokenOf(invited.body.link), name: `A ${role}`, password };
      const accepted = await browser.send('/api/auth/accept-invitation', body);
      assert.equal(accepted.status, 201, accepted.text);
      return { id: accepted.body.user.id, email, browser };
    }

    const setRole = (by: Browser, id: string, role: Role, headers = {}) =>
      by.send(`/api/v1/members/${id}`, { role }, { method: 'PATCH', headers });
    const remove = (by: Browser, id: string) =>
      by.send(`/api/v1/members/${id}`, undefined, { method: 'DELETE' });

    async function ownersOf(): Promise<string[]> {
      const rows = await harness.app.database.read
        .selectFrom('members')
        .select('user_id')
        .where('tenant_id', '=', harness.tenantId)
        .where('role', '=', 'owner')
        .execute();
      return rows.map(({ user_id }) => user_id);
    }

    test('an invitation is a link that is shown once and makes a member of its role, once', async () => {
      const email = newEmail();
      const invited = await owner.send('/api/v1/invitations', {
        email: email.toUpperCase(),
        role: 'developer',
      });
      assert.equal(invited.status, 201, invited.text);
      assert.match(invited.body.id, /^inv_/);
      assert.match(invited.body.link, /^http:\/\/localhost:8787\/invitation#token=[A-Za-z0-9_-]{43}$/);
      assert.equal(invited.headers['cache-control'], 'no-store');
      const listed = await owner.send('/api/v1/invitations');
      const entry = listed.body.data.find(({ id }: { id: string }) => id === invited.body.id);
      assert.deepEqual([entry.email, entry.role], [email, 'developer']);
      const token = tokenOf(invited.body.link);
      assert.ok(!listed.text.includes(token));
      assert.ok(!(await everythingStored(harness)).includes(token));

      const browser = new Browser(harness);
      const accepted = await browser.send('/api/auth/accept-invitation', { token, name: ' Ada ', password });
      assert.equal(accepted.status, 201, accepted.text);
      assert.deepEqual(
        [accepted.body.user.name, accepted.body.user.email, accepted.body.user.role],
        ['Ada', email, 'developer'],
      );
      assert.equal(await browser.isSignedIn(), true);
      const again = await new Browser(harness).send('/api/auth/accept-invitation', {
        token,
        name: 'Eve',
        password,
      });
      assert.equal(again.status, 404);
      const left = await owner.send('/api/v1/invitations');
      assert.ok(!left.text.includes(invited.body.id));
    });

    test('of many that accept one invitation at once one becomes a member', async () => {
      const email = newEmail();
      const invited = await owner.send('/api/v1/invitations', { email, role: 'viewer' });
      const body = { token: tokenOf(invited.body.link), name: 'Ada', password };
      const answers = await Promise.all(
        [1, 2, 3, 4].map(() => new Browser(harness).send('/api/auth/accept-invitation', body)),
      );
      const statuses = answers.map(({ status }) => status);
      assert.equal(statuses.filter((status) => status === 201).length, 1);
      assert.ok(
        statuses.every((status) => [201, 404, 409].includes(status)),
        statuses.join(),
      );
    });

    test('a newer invitation of an address ends the older one; so do seven days, and withdrawing it', async () => {
      const email = newEmail();
      const first = await owner.send('/api/v1/invitations', { email, role: 'viewer' });
      const second = await owner.send('/api/v1/invitations', { email, role: 'viewer' });
      const accept = (link: string) =>
        new Browser(harness).send('/api/auth/accept-invitation', {
          token: tokenOf(link),
          name: 'Ada',
          password,
        });
      assert.equal((await accept(first.body.link)).status, 404);
      const withdrawn = await owner.send(`/api/v1/invitations/${second.body.id}`, undefined, {
        method: 'DELETE',
      });
      assert.equal(withdrawn.status, 204);
      assert.equal((await accept(second.body.link)).status, 404);
      assert.equal(
        (await owner.send(`/api/v1/invitations/${second.body.id}`, undefined, { method: 'DELETE' })).status,
        404,
      );

      const third = await owner.send('/api/v1/invitations', { email, role: 'viewer' });
      const { write } = harness.app.database;
      const age = (ms: number) =>
        write
          .updateTable('invitations')
          .set({ expires_at: harness.clock.wallMs() + ms })
          .where('id', '=', third.body.id)
          .execute();
      const row = await write
        .selectFrom('invitations')
        .selectAll()
        .where('id', '=', third.body.id)
        .executeTakeFirstOrThrow();
      assert.equal(row.expires_at - row.created_at, 7 * day);
      await age(0);
      assert.equal((await accept(third.body.link)).status, 404);
      await age(1);
      assert.equal((await accept(third.body.link)).status, 201);
    });

    test('somebody who is a user already is not made again', async () => {
      const { email } = await join('viewer');
      assert.equal((await owner.send('/api/v1/invitations', { email, role: 'admin' })).status, 409);
      const late = newEmail();
      const invited = await owner.send('/api/v1/invitations', { email: late, role: 'viewer' });
      const { write } = harness.app.database;
      await write.updateTable('invitations').set({ email }).where('id', '=', invited.body.id).execute();
      const body = { token: tokenOf(invited.body.link), name: 'Ada', password };
      assert.equal((await new Browser(harness).send('/api/auth/accept-invitation', body)).status, 409);
    });

    test('a repeated invitation with an Idempotency-Key is the same one, without its link', async () => {
      const body = { email: newEmail(), role: 'viewer' };
      const headers = { 'idempotency-key': 'the-same' };
      const first = await owner.send('/api/v1/invitations', body, { headers });
      const second = await owner.send('/api/v1/invitations', body, { headers });
      assert.deepEqual([second.status, second.body.id, second.body.link], [201, first.body.id, null]);
      assert.equal(second.body.secretAlreadyShown, true);
    });

    test('nobody invites above their own role', async () => {
      for (const own of roleNames) {
        const { browser } = own === 'owner' ? { browser: owner } : await join(own);
        for (const role of roleNames) {
          const answer = await browser.send('/api/v1/invitations', { email: newEmail(), role });
          const isAllowed = roleAllows(own, 'members', 'write') && mayGrantRole(own, role);
          assert.equal(answer.status, isAllowed ? 201 : 403, `${own} invites ${role}: ${answer.text}`);
          if (!isAllowed) assert.equal(answer.body.code, 'role_not_allowed');
        }
      }
    });

    test('an admin neither replaces nor withdraws the invitation of an owner', async () => {
      const admin = await join('admin');
      const email = newEmail();
      const invited = await owner.send('/api/v1/invitations', { email, role: 'owner' });
      assert.equal((await admin.browser.send('/api/v1/invitations', { email, role: 'viewer' })).status, 403);
      const url = `/api/v1/invitations/${invited.body.id}`;
      assert.equal((await admin.browser.send(url, undefined, { method: 'DELETE' })).status, 403);
      assert.equal((await owner.send(url, undefined, { method: 'DELETE' })).status, 204);
    });

    test('roles are changed by those above only, and never beyond one’s own', async () => {
      const { read, write } = harness.app.database;
      const [actor, target] = [await join('owner'), await join('viewer')];
      const force = (id: string, role: Role) =>
        write.updateTable('members').set({ role }).where('user_id', '=', id).execute();
      for (const own of roleNames) {
        await force(actor.id, own);
        for (const current of roleNames) {
          for (const next of roleNames) {
            await force(target.id, current);
            const answer = await setRole(actor.browser, target.id, next);
            const isAllowed =
              roleAllows(own, 'members', 'write') && mayGrantRole(own, current) && mayGrantRole(own, next);
            assert.equal(
              answer.status,
              isAllowed ? 200 : 403,
              `${own} makes ${current} ${next}: ${answer.text}`,
            );
            const rows = read.selectFrom('members').select('role').where('user_id', '=', target.id);
            const { role } = await rows.executeTakeFirstOrThrow();
            assert.equal(role, isAllowed ? next : current);
          }
        }
      }
      for (const { id } of [actor, target]) await write.deleteFrom('users').where('id', '=', id).execute();
    });

    test('an admin does not remove an owner, a developer removes nobody, and everybody may leave', async () => {
      const second = await join('owner');
      const admin = await join('admin');
      const developer = await join('developer');
      const viewer = await join('viewer');
      assert.equal((await remove(admin.browser, second.id)).status, 403);
      assert.equal((await remove(developer.browser, viewer.id)).status, 403);
      assert.equal((await remove(developer.browser, 'usr_none')).status, 403);
      assert.equal((await remove(admin.browser, 'usr_none')).status, 404);
      assert.equal((await remove(developer.browser, developer.id)).status, 204);
      assert.equal(await developer.browser.isSignedIn(), false);
      assert.equal((await remove(admin.browser, viewer.id)).status, 204);
      assert.equal((await remove(second.browser, second.id)).status, 204);
      assert.equal((await new Browser(harness).signIn(second.email, password)).status, 401);
    });

    test('the sessions of a removed or demoted member end at once, those of a promoted one do not', async () => {
      const member = await join('developer');
      assert.equal((await setRole(owner, member.id, 'admin')).status, 200);
      assert.equal((await member.browser.send('/api/v1/members')).status, 200);
      assert.equal((await setRole(owner, member.id, 'viewer')).status, 200);
      assert.equal(await member.browser.isSignedIn(), false);
      await member.browser.signIn(member.email, password);
      assert.equal((await member.browser.send('/api/v1/members')).status, 403);
      assert.equal((await remove(owner, member.id)).status, 204);
      assert.equal(await member.browser.isSignedIn(), false);
      const { read } = harness.app.database;
      for (const table of ['sessions', 'accounts', 'members', 'two_factors'] as const) {
        const rows = await read
          .selectFrom(table)
          .select('user_id')
          .where('user_id', '=', member.id)
          .execute();
        assert.deepEqual(rows, [], table);
      }
      const entries = await read
        .selectFrom('audit_entries')
        .select('action')
        .where('target_id', '=', member.id)
        .execute();
      assert.ok(entries.some(({ action }) => action === 'member.removed'));
    });

    test('the open invitations of a removed or demoted member end too: nobody comes back through one', async () => {
      for (const end of [
        (id: string) => remove(owner, id),
        (id: string) => setRole(owner, id, 'developer'),
      ]) {
        const admin = await join('admin');
        const invited = await admin.browser.send('/api/v1/invitations', { email: newEmail(), role: 'admin' });
        assert.ok((await end(admin.id)).status < 300);
        const body = { token: tokenOf(invited.body.link), name: 'Eve', password };
        assert.equal((await new Browser(harness).send('/api/auth/accept-invitation', body)).status, 404);
      }
    });

    test('the last owner can neither be removed nor demoted', async () => {
      const [id] = await ownersOf();
      assert.equal((await ownersOf()).length, 1);
      for (const role of ['admin', 'developer', 'viewer'] as const) {
        const answer = await setRole(owner, id!, role);
        assert.deepEqual([answer.status, answer.body.code], [409, 'conflict']);
      }
      assert.equal((await remove(owner, id!)).status, 409);
      assert.equal((await setRole(owner, id!, 'owner')).status, 200);
      assert.equal(await owner.isSignedIn(), true);
    });

    test('however many owners demote and remove each other and leave at once, one is left', async () => {
      for (let round = 0; round < 3; round++) {
        const others = await Promise.all([join('owner'), join('owner'), join('owner')]);
        const everybody = [{ id: harness.owner.userId, browser: owner }, ...others];
        const actions = everybody.flatMap(({ browser }, i) => {
          const victim = everybody[(i + 1) % everybody.length]!;
          return [
            setRole(browser, victim.id, 'viewer'),
            remove(browser, everybody[i]!.id),
            remove(browser, victim.id),
          ];
        });
        const answers = await Promise.all(actions);
        assert.ok(
          answers.every(({ status }) => [200, 204, 401, 403, 404, 409].includes(status)),
          answers.map(({ status, text }) => `${status} ${text}`).join(),
        );
        const left = await ownersOf();
        assert.ok(left.length >= 1, 'nobody owns the tenant');
        await putBack(left);
      }
    });

    /** The harness's owner may be gone: whoever is left invites a new one of that address. */
    async function putBack(left: string[]): Promise<void> {
      const { write } = harness.app.database;
      const now = harness.clock.wallMs();
      const row = await write
        .selectFrom('users')
        .select('id')
        .where('email', '=', 'owner@example.com')
        .executeTakeFirst();
      if (row === undefined) {
        await write
          .updateTable('users')
          .set({ email: 'owner@example.com', updated_at: now })
          .where('id', '=', left[0]!)
          .execute();
      } else {
        await write.updateTable('members').set({ role: 'owner' }).where('user_id', '=', row.id).execute();
      }
      const { id } = row ?? { id: left[0]! };
      await write.deleteFrom('members').where('user_id', '!=', id).where('role', '=', 'owner').execute();
      Object.assign(harness.owner, { userId: id });
      assert.equal((await owner.signIn('owner@example.com', password)).status, 200);
    }

    test('members and invitations are read page by page, newest first', async () => {
      for (let i = 0; i < 3; i++) await join('viewer');
      const ids: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = await owner.send(`/api/v1/members?limit=2${cursor && `&cursor=${cursor}`}`);
        assert.ok(body.data.length <= 2);
        ids.push(...body.data.map(({ id }: { id: string }) => id));
        cursor = body.nextCursor;
      }
      assert.deepEqual(ids, [...new Set(ids)].sort().reverse());
      const all = await owner.send('/api/v1/members?limit=200');
      assert.equal(all.body.data.length, ids.length);
      for (const query of ['limit=0', 'limit=x', 'cursor=%00', 'cursor=nonsense']) {
        assert.equal((await owner.send(`/api/v1/members?${query}`)).status, 400, query);
      }
    });

    test('a change by If-Match takes effect only on what was read', async () => {
      const member = await join('viewer');
      const read = await owner.send(`/api/v1/members/${member.id}`);
      const stale = { 'if-match': read.headers.etag! };
      assert.equal((await setRole(owner, member.id, 'developer', stale)).status, 200);
      assert.equal((await setRole(owner, member.id, 'admin', stale)).status, 412);
      const tenant = await owner.send('/api/v1/tenant');
      const patch = (body: object, etag: string) =>
        owner.send('/api/v1/tenant', body, { method: 'PATCH', headers: { 'if-match': etag } });
      assert.equal((await patch({ name: 'Acme 2' }, tenant.headers.etag!)).status, 200);
      assert.equal((await patch({ name: 'Acme 3' }, tenant.headers.etag!)).status, 412);
    });

    test('the tenant is for owners and admins; null takes a ceiling away', async () => {
      const viewer = await join('viewer');
      assert.equal((await viewer.browser.send('/api/v1/tenant')).status, 403);
      assert.equal((await viewer.browser.send('/api/v1/settings')).status, 403);
      const patch = (body: unknown, by = owner) => by.send('/api/v1/tenant', body, { method: 'PATCH' });
      assert.equal((await patch({ name: 'X' }, viewer.browser)).status, 403);
      const ceiling = { perMinute: 100, burst: 10, perDay: 1_000 };
      const changed = await patch({
        name: ' Acme & Co ',
        ceilings: { production: ceiling, sandbox: ceiling },
      });
      assert.equal(changed.status, 200, changed.text);
      assert.equal(changed.body.name, 'Acme & Co');
      const partly = await patch({ ceilings: { sandbox: null, staging: ceiling } });
      assert.deepEqual(partly.body.ceilings, { production: ceiling, staging: ceiling });
      const deeper = await patch({ ceilings: { staging: { perDay: 2_000 } } });
      assert.deepEqual(deeper.body.ceilings.staging, { ...ceiling, perDay: 2_000 });
      assert.deepEqual((await patch({ ceilings: null })).body.ceilings, {});
      const wrongs = [
        { name: '' },
        { name: null },
        { ceilings: { production: { perMinute: 0, burst: 0, perDay: 1 } } },
        { ceilings: { production: { perMinute: 1, burst: 2, perDay: 1 } } },
        { ceilings: { production: { perMinute: 1 } } },
        { ceilings: { prod: ceiling } },
        { id: 'tnt_other' },
        { name: `sa_live_${'a'.repeat(48)}` },
      ];
      for (const body of wrongs) assert.equal((await patch(body)).status, 400, JSON.stringify(body));
    });

    test('a ceiling holds from the next request on', async () => {
      const { secret } = await harness.createKey({ scopes: ['knowledge:read'] });
      const ask = () => harness.send({ url: '/api/v1/kb/categories', key: secret });
      assert.equal((await ask()).status, 200);
      const ceilings = { production: { perMinute: 1, burst: 0, perDay: 10 } };
      await owner.send('/api/v1/tenant', { ceilings }, { method: 'PATCH' });
      assert.deepEqual([(await ask()).status, (await ask()).status], [200, 429]);
      await owner.send('/api/v1/tenant', { ceilings: null }, { method: 'PATCH' });
      assert.equal((await ask()).status, 200);
    });

    test('settings have defaults, and null puts them back', async () => {
      const patch = (body: unknown) => owner.send('/api/v1/settings', body, { method: 'PATCH' });
      const read = async () => (await owner.send('/api/v1/settings')).body.rotationReminderDays;
      assert.equal(await read(), 90);
      assert.equal((await patch({ rotationReminderDays: 30 })).body.rotationReminderDays, 30);
      assert.equal(await read(), 30);
      assert.equal((await patch({ rotationReminderDays: null })).body.rotationReminderDays, 90);
      for (const body of [{ rotationReminderDays: 0 }, { rotationReminderDays: 1.5 }, { other: 1 }]) {
        assert.equal((await patch(body)).status, 400);
      }
    });
  });
});
