import { toTimestamp } from '../core/timestamp.ts';
import type { App, Context, Unit } from './app.ts';
import type { Conversation, Message, SentMessage } from './conversations.ts';
import { changedFields, publishEvent } from './events.ts';

/** As the contract shows it, besides its times. */
export function presentConversation(conversation: Conversation) {
  const { id, customerId, contactId, direction, channel, subject, status } = conversation;
  const { assigneeId, tags, externalReference, messages } = conversation;
  return {
    id,
    customerId,
    contactId,
    direction,
    channel,
    subject,
    status,
    assigneeId,
    tags,
    externalReference,
    messageCount: messages,
    lastMessageAt: toTimestamp(conversation.lastMessageAt),
    firstResponseAt: toTimestamp(conversation.firstResponseAt),
    resolvedAt: toTimestamp(conversation.resolvedAt),
  };
}

export function presentMessage({ id, direction, content, authorKind, authorId, createdAt }: Message) {
  return {
    id,
    direction,
    content,
    author: { type: authorKind, id: authorId },
    createdAt: toTimestamp(createdAt),
  };
}

/** Tells of a message, and of what it changed of its conversation where that is more than a count. */
export async function publishMessage(
  app: App,
  ctx: Context,
  unit: Unit,
  before: Conversation,
  { message, conversation }: SentMessage,
): Promise<void> {
  const data = () => ({ ...presentMessage(message), conversationId: conversation.id });
  await publishEvent(app, ctx, unit, 'message.created', data);
  if (before.status === conversation.status) return;
  const show = (shown: Conversation) => ({ ...presentConversation(shown), ...timesOf(shown) });
  await publishEvent(app, ctx, unit, 'conversation.updated', () => ({
    ...show(conversation),
    changed: changedFields(show(before), show(conversation)),
  }));
}

function timesOf({ createdAt, updatedAt }: Conversation) {
  return { createdAt: toTimestamp(createdAt), updatedAt: toTimestamp(updatedAt) };
}
