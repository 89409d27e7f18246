import { z } from 'zod';
import { conversationStatuses } from '../core/conversation-status.ts';
import { channels } from '../core/scopes.ts';
import { containsSecret } from '../core/secret.ts';
import { isSlug } from '../core/text.ts';
import { label, page, pageQuery, text, timestamp } from './common.ts';
import { contactBody } from './contacts.ts';

const noSecret = [
  (value: string) => !containsSecret(value),
  'contains the text of a key. Treat that key as leaked and rotate it',
] as const;

const reference = text(1, 100);
const channel = z.enum(channels);
const status = z.enum(conversationStatuses);
const direction = z.enum(['inbound', 'outbound']);
const subject = label(300).refine(...noSecret);
const content = text(1, 50_000).refine(...noSecret);
const tag = text(1, 50)
  .refine(isSlug, 'must be letters, digits and "-" (Unicode, in its NFC form)')
  .meta({ examples: ['billing'] });
const tags = z
  .array(tag)
  .max(50)
  .transform((list) => [...new Set(list)]);
const externalReference = text(1, 255)
  .refine(...noSecret)
  .meta({ description: 'What another system calls it: one conversation of the environment has it.' });

export const beginConversationBody = z.strictObject({
  contact: contactBody.extend({ id: reference.optional() }).meta({
    description: 'A known contact by its id or its e-mail address, which stays as it is, or a new one.',
  }),
  channel,
  subject,
  content: content.optional().meta({ description: 'The first message.' }),
  externalReference: externalReference.nullable().optional(),
  tags: tags.default([]),
});

export const patchConversationBody = z.strictObject({
  status: status
    .optional()
    .meta({ description: 'A conversation that is resolved is reopened before anything else.' }),
  subject: subject.optional(),
  assigneeId: reference.nullable().optional().meta({ description: 'A member of the tenant.' }),
  tags: tags.optional(),
});

export const listConversationsQuery = z.object({
  ...pageQuery,
  status: status.optional(),
  channel: channel.optional(),
  contactId: reference.optional(),
  customerId: reference.optional(),
  assigneeId: reference.optional(),
  externalReference: text(1, 255).optional(),
  tag: tag.optional(),
  q: text(1, 200).optional().meta({ description: 'Part of the subject or of the external reference.' }),
});

export const conversationView = z
  .object({
    id: z.string(),
    customerId: z.string().nullable(),
    contactId: z.string(),
    direction: direction.meta({ description: 'Who began it.' }),
    channel,
    subject: z.string(),
    status,
    assigneeId: z.string().nullable(),
    tags: z.array(z.string()),
    externalReference: z.string().nullable(),
    messageCount: z.int(),
    lastMessageAt: timestamp.nullable(),
    firstResponseAt: timestamp.nullable().meta({ description: 'First message sent after one had come in.' }),
    resolvedAt: timestamp.nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Conversation' });
export const conversationPage = page(conversationView);

export const sendMessageBody = z.strictObject({
  content,
  direction: direction
    .default('outbound')
    .meta({ description: '`inbound`: written down as it came from the contact.' }),
});

export const messageView = z
  .object({
    id: z.string(),
    direction,
    content: z.string(),
    author: z.object({ type: z.string(), id: z.string() }),
    createdAt: timestamp,
  })
  .meta({ id: 'Message' });
export const messagePage = page(messageView);
export const listMessagesQuery = z.object(pageQuery);
