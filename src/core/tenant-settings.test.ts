import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultSettings, settingsOf } from './tenant-settings.ts';

describe('settings of a tenant', () => {
  test('are the defaults where nothing is stored, and only what differs is taken over', () => {
    assert.deepEqual(settingsOf({}), defaultSettings);
    assert.deepEqual(settingsOf({ rotationReminderDays: 30 }), {
      ...defaultSettings,
      rotationReminderDays: 30,
    });
  });

  test('that this version does not know are left out', () => {
    assert.deepEqual(settingsOf({ gone: { by: 1 } }), defaultSettings);
  });
});
