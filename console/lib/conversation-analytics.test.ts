import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumConversations } from './conversation-analytics.ts';

const row = (channel: string, status: string, conversations: number, answered = 0) => ({
  channel: channel as 'email',
  status: status as 'open',
  conversations,
  messagesIn: conversations,
  messagesOut: answered,
  firstResponse: { count: answered },
  resolution: { count: status === 'resolved' ? conversations : 0 },
});

test('counts of days, channels and statuses are added up, and those of nobody are not shown', () => {
  const sums = sumConversations([
    row('email', 'open', 2, 1),
    row('email', 'resolved', 3, 3),
    row('sms', 'open', 4),
    row('sms', 'pending', 0),
  ]);
  assert.deepEqual(sums, {
    conversations: 9,
    messagesIn: 9,
    messagesOut: 4,
    answered: 4,
    resolved: 3,
    byChannel: [
      { name: 'email', count: 5 },
      { name: 'sms', count: 4 },
    ],
    byStatus: [
      { name: 'open', count: 6 },
      { name: 'resolved', count: 3 },
    ],
  });
});
