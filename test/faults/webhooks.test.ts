import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { onEachDatabase } from '../databases.ts';
import { Receiver } from '../webhook-receiver.ts';
import { endAll, init, makePlace, RunningServer } from './support.ts';

const count = 40;

after(endAll);

onEachDatabase((kind, skip) => {
  describe(`a killed server's webhooks on ${kind}`, { skip }, () => {
    test('what was committed is delivered after a kill, also what was just being sent, and nothing is lost', async () => {
      const { settings } = await makePlace(kind);
      const { secret: key } = await init(settings);
      const environment = { ...settings, KEYWARD_WEBHOOK_ALLOW: '127.0.0.0/8' };
      const receiver = await Receiver.open();
      let server = await RunningServer.start(environment);
      const body = { name: 'CRM', url: receiver.url, events: ['contact.created'] };
      const made = await server.ask({ path: '/api/v1/webhooks', key, body });
      assert.equal(made.status, 201, made.text);
      // Nothing is answered: what is under way at the kill stays so.
      receiver.reply = () => {};
      const ids: string[] = [];
      for (let i = 0; i < count; i++) {
        const created = await server.ask({
          path: '/api/v1/contacts',
          key,
          body: { phone: `+4930${1_000 + i}` },
        });
        assert.equal(created.status, 201, created.text);
        ids.push(created.body.id);
      }
      await receiver.next();
      await server.end('SIGKILL');
      receiver.reply = (response) => void response.writeHead(204).end();
      const before = receiver.received.length;
      server = await RunningServer.start(environment);
      const told = new Set<string>();
      // A lease is 15 seconds: what the dead server was sending comes when it is over.
      while (told.size < count) {
        await receiver.next(40_000);
        for (const { body: event } of receiver.received.slice(before)) told.add(event.data.id);
      }
      assert.deepEqual([...told].sort(), ids.sort());
      const again = receiver.received.length - before;
      assert.equal(again, count, 'each is sent once by the new server');
      assert.equal((await server.end('SIGTERM')).code, 0);
      await receiver.close();
    });
  });
});
