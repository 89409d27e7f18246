import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onEachDatabase } from '../databases.ts';
import { operations } from '../fuzz/document.ts';
import { fuzz, summary } from '../fuzz/run.ts';

const seed = Number(process.env.KEYWARD_TEST_FUZZ_SEED ?? 20_260_310);
const asked = process.env.KEYWARD_TEST_FUZZ_REQUESTS;
const requests = Number(asked ?? 1_000);
/** What a busy machine does not manage in this time it leaves out, unless that many were asked for. */
const atMostMs = asked === undefined ? 8_000 : Number.POSITIVE_INFINITY;

onEachDatabase((kind, skip) => {
  describe(`random requests on ${kind}`, { skip }, () => {
    test('every answer is a documented one, and none is a 5xx, a secret or a stranger’s data', async (t) => {
      const result = await fuzz({ kind, requests, seed, isDeep: false, atMostMs });
      const said = `seed ${seed} (KEYWARD_TEST_FUZZ_SEED sets another)\n${summary(result)}`;
      t.diagnostic(said.slice(-1_500));
      assert.deepEqual(result.faults, [], said);
      const { tally } = result.fuzzer;
      const isWhole = tally.sent >= requests;
      if (isWhole) assert.ok(tally.unreached().length < operations.length / 3, `2xx from too few: ${said}`);
    });
  });
});
