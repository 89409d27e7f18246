import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Gathered,
  gather,
  maxItems,
  type NoticeItem,
  nextAttemptAt,
  nothingGathered,
} from './alert-notices.ts';
import { compareSignals, type KeyFindings, type OpenSignal } from './alert-signals.ts';
import { type AlertCode, type Finding, placeWatch, type Watch } from './alerts.ts';

const minuteMs = 60_000;
const finding = (code: AlertCode): Finding => ({ code, cause: `${code}.`, action: 'Look.' });
const watchFor = (id: string, codes: readonly AlertCode[]): Watch => ({
  id,
  conditions: new Map(codes.map((code) => [code, { code }])),
  keyIds: null,
});

/** What stays of `open` after the changes, as the store would have it. */
function after(
  open: readonly OpenSignal[],
  changes: ReturnType<typeof compareSignals<OpenSignal>>,
  now: number,
) {
  const gone = new Set([
    ...changes.ended,
    ...changes.dropped,
    ...changes.moved.map(
      ({ keyId, watchId, code }) =>
        open.find((s) => s.keyId === keyId && s.watchId === watchId && s.code === code)!,
    ),
  ]);
  return [
    ...open.filter((signal) => !gone.has(signal)),
    ...changes.moved,
    ...changes.raised.map(({ keyId, watchId, finding: { code } }) => ({
      keyId,
      watchId,
      code,
      since: now,
      clearSince: null,
    })),
  ];
}

const codes = ['day_limit_near', 'limit_reached', 'error_rate', 'expires_soon', 'spike'] as const;
const holds: Partial<Record<AlertCode, number>> = { limit_reached: 15, error_rate: 30, spike: 60 };
const keys = ['key_a', 'key_b'];
/** What is so of which key, minute after minute in looks some minutes apart; null: the key is gone. */
const history = fc.array(
  fc.record({
    minutes: fc.integer({ min: 1, max: 40 }),
    state: fc.tuple(
      fc.option(fc.subarray([...codes]), { freq: 8 }),
      fc.option(fc.subarray([...codes]), { freq: 8 }),
    ),
  }),
  { maxLength: 40 },
);

describe('signals', () => {
  test('are raised when something comes true, and over once it was not so for long enough, each once', () => {
    fc.assert(
      fc.property(history, (looks) => {
        let open: OpenSignal[] = [];
        let now = 0;
        // The model: since when each is open, and since when it was not seen.
        const model = new Map<string, { unseen: number | null }>();
        for (const { minutes, state } of looks) {
          now += minutes * minuteMs;
          const found: KeyFindings[] = state.flatMap((names, i) =>
            names === null ? [] : [{ keyId: keys[i]!, byWatch: new Map([['', names.map(finding)]]) }],
          );
          const changes = compareSignals(found, open, new Map([['', placeWatch]]), now);
          const raised: string[] = [];
          const ended: string[] = [];
          for (const [i, keyId] of keys.entries()) {
            for (const code of codes) {
              const name = `${keyId} ${code}`;
              const known = model.get(name);
              if (state[i]?.includes(code)) {
                if (!known) raised.push(name);
                model.set(name, { unseen: null });
              } else if (known) {
                const unseen = known.unseen ?? now;
                const hold = state[i] === null ? 0 : (holds[code] ?? 0) * minuteMs;
                if (now - unseen >= hold) {
                  ended.push(name);
                  model.delete(name);
                } else model.set(name, { unseen });
              }
            }
          }
          assert.deepEqual(
            changes.raised.map(({ keyId, finding }) => `${keyId} ${finding.code}`).sort(),
            raised.sort(),
          );
          assert.deepEqual(changes.ended.map(({ keyId, code }) => `${keyId} ${code}`).sort(), ended.sort());
          assert.deepEqual(changes.dropped, []);
          open = after(open, changes, now);
          assert.deepEqual(
            open.map(({ keyId, code }) => `${keyId} ${code}`).sort(),
            [...model.keys()].sort(),
          );
        }
      }),
    );
  });

  test('that nobody asks for any more go without a word', () => {
    const signal = (watchId: string, code: AlertCode): OpenSignal => ({
      keyId: 'key_a',
      watchId,
      code,
      since: 0,
      clearSince: null,
    });
    const open = [
      signal('alr_gone', 'dip'),
      signal('alr_1', 'dip'),
      signal('alr_1', 'spike'),
      signal('alr_2', 'dip'),
    ];
    const others: Watch = { ...watchFor('alr_2', ['dip']), keyIds: new Set(['key_b']) };
    const watches = new Map([
      ['alr_1', watchFor('alr_1', ['dip'])],
      ['alr_2', others],
    ]);
    const found = [{ keyId: 'key_a', byWatch: new Map([['alr_1', [finding('dip')]]]) }];
    const changes = compareSignals(found, open, watches, 1);
    assert.deepEqual(changes.dropped, [open[0], open[2], open[3]]);
    assert.deepEqual([changes.raised, changes.ended, changes.moved], [[], [], []]);
  });

  test('a clock that is set back does not keep a signal open for longer', () => {
    const open: OpenSignal[] = [
      { keyId: 'key_a', watchId: '', code: 'error_rate', since: 0, clearSince: 1e9 },
    ];
    const found = [{ keyId: 'key_a', byWatch: new Map() }];
    const changes = compareSignals(found, open, new Map([['', placeWatch]]), 5);
    assert.deepEqual(changes.moved, [{ ...open[0], clearSince: 5 }]);
  });
});

const item = (n: number): NoticeItem => ({
  keyId: `key_${n}`,
  name: 'A',
  code: 'dip',
  cause: '.',
  action: '.',
  since: '',
});

describe('a notice', () => {
  test('tells what came true and what is over so that whoever reads all knows what is so', () => {
    const steps = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('sendRaised', 'sendResolved')),
    );
    fc.assert(
      fc.property(steps, (list) => {
        const isSo = new Set<number>();
        const told: { n: string; is: boolean }[] = [];
        let raised: Gathered = nothingGathered;
        let resolved: Gathered = nothingGathered;
        const send = (from: Gathered, is: boolean) =>
          told.push(...from.items.map(({ keyId: n }) => ({ n, is })));
        for (const step of list) {
          if (step === 'sendRaised') {
            send(raised, true);
            raised = nothingGathered;
          } else if (step === 'sendResolved') {
            send(resolved, false);
            resolved = nothingGathered;
          } else if (isSo.delete(step as number)) {
            ({ waiting: resolved, opposite: raised } = gather(resolved, raised, [item(step as number)]));
          } else {
            isSo.add(step as number);
            ({ waiting: raised, opposite: resolved } = gather(raised, resolved, [item(step as number)]));
          }
        }
        send(raised, true);
        send(resolved, false);
        for (let n = 0; n <= 5; n++) {
          const mine = told.filter((one) => one.n === `key_${n}`).map(({ is }) => is);
          assert.ok(
            mine.every((is, i) => is === (i % 2 === 0)),
            'each is raised, then resolved, in turn',
          );
          assert.equal(mine.at(-1) ?? false, isSo.has(n));
        }
      }),
    );
  });

  test('lists a hundred things, and counts the rest', () => {
    const many = Array.from({ length: 250 }, (_, n) => item(n));
    const { waiting } = gather(nothingGathered, nothingGathered, many);
    assert.deepEqual([waiting.items.length, waiting.total], [maxItems, 250]);
    const { opposite, waiting: resolved } = gather(nothingGathered, waiting, [item(0), item(200)]);
    assert.deepEqual([opposite.items.length, opposite.total, resolved.total], [99, 249, 1]);
  });

  test('that cannot be sent is tried again at longer and longer times, for a day', () => {
    const delays: number[] = [];
    let now = 0;
    for (let attempts = 1; ; attempts++) {
      const next = nextAttemptAt(attempts, 0, now);
      if (next === null) break;
      delays.push((next - now) / minuteMs);
      now = next;
    }
    assert.deepEqual(delays.slice(0, 8), [1, 2, 4, 8, 16, 32, 60, 60]);
    assert.ok(now >= 24 * 60 * minuteMs && now < 25 * 60 * minuteMs);
  });
});
