import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareToBaseline } from './regress.ts';
import type { Results } from './results.ts';
import type { Figure } from './scenario.ts';
import { cpuRatio, figure, meetsGoal, ratio } from './stats.ts';

function resultsWith(...figures: Figure[]): Results {
  const result = {
    name: 'x',
    title: 'X',
    command: '',
    keyward: '',
    at: '',
    seconds: 1,
    figures,
    skipped: [],
  };
  const machine = { cpu: '', processors: 2, memoryGiB: 1, system: '' };
  return { machine, versions: {}, pinning: '', loadBefore: 0, scenarios: [result] };
}

const share = (value: number) => cpuRatio({ id: 'x.share', label: 'Share' }, [value], [1]);

test('a ratio that fell by more than 20 % is named, and one that fell less is not', () => {
  const before = resultsWith(share(1));
  assert.equal(compareToBaseline(resultsWith(share(0.81)), before).hasFallen, false);
  const { hasFallen, lines } = compareToBaseline(resultsWith(share(0.79)), before);
  assert.equal(hasFallen, true);
  assert.match(lines.join('\n'), /Share: 0\.79, committed 1 \(-21 %\) {2}FELL/);
});

test('speeds are never compared with those of another day, and unknown ratios neither', () => {
  const speed = (value: number) => figure({ id: 'x.speed', label: 'Speed', unit: '/s' }, [value]);
  assert.deepEqual(compareToBaseline(resultsWith(speed(1)), resultsWith(speed(100))).lines, []);
  assert.deepEqual(compareToBaseline(resultsWith(share(1)), resultsWith()).lines, []);
});

test('a ratio is formed round by round, so that a machine that slows down changes nothing', () => {
  const { median, low, high } = ratio({ id: 'r', label: 'R' }, [100, 50, 10], [200, 100, 20]);
  assert.deepEqual([median, low, high], [0.5, 0.5, 0.5]);
});

test('a goal is judged by the median', () => {
  const about = { id: 'g', label: 'G', unit: 'ms' };
  assert.equal(meetsGoal(figure({ ...about, goal: { atMost: 20 } }, [1, 19, 500])), true);
  assert.equal(meetsGoal(figure({ ...about, goal: { atLeast: 20 } }, [1, 19, 500])), false);
  assert.equal(meetsGoal(figure(about, [1])), null);
});
