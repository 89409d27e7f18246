import {
  allowsStatus,
  type ConversationStatus,
  statusAfterInbound,
  statusTransitions,
} from '../core/conversation-status.ts';
import { AppError, invalid } from '../errors.ts';
import { conversationByReference, countMessage, insertMessage, messagesOf } from '../store/conversations.ts';
import { getMember } from '../store/people.ts';
import type { ConversationMessageTable } from '../store/schema.ts';
import { type App, type Context, change, holdsScope, reader, type Unit } from './app.ts';
import { type ContactInput, getContact, obtainContact } from './contacts.ts';
import { presentConversation, publishMessage } from './conversation-events.ts';
import { customersOf } from './customer-bounds.ts';
import { cutPage, type PageAsk, readCursor } from './page.ts';
import {
  addRecord,
  getRecord,
  listRecords,
  type Precondition,
  patchRecord,
  type RecordAsk,
  type RecordKind,
  type StoredRecord,
} from './records.ts';

export type Direction = 'inbound' | 'outbound';

/** Times are epoch ms. */
export interface Conversation extends StoredRecord {
  readonly customerId: string | null;
  readonly contactId: string;
  readonly direction: Direction;
  readonly channel: string;
  readonly subject: string;
  readonly status: ConversationStatus;
  readonly assigneeId: string | null;
  readonly tags: readonly string[];
  readonly externalReference: string | null;
  readonly messages: number;
  readonly messagesIn: number;
  readonly lastMessageAt: number | null;
  readonly firstInboundAt: number | null;
  readonly firstResponseAt: number | null;
  readonly resolvedAt: number | null;
}

export interface ConversationInput {
  /** Of a known contact, or what there is to know of a new one. */
  readonly contact: ContactInput & { readonly id?: string | undefined };
  readonly channel: string;
  readonly subject: string;
  readonly content?: string | undefined;
  readonly externalReference?: string | null | undefined;
  readonly tags: readonly string[];
}

export interface ConversationPatch {
  readonly status?: ConversationStatus;
  readonly subject?: string;
  readonly assigneeId?: string | null;
  readonly tags?: readonly string[];
}

export interface ConversationQuery extends RecordAsk {
  readonly status?: ConversationStatus;
  readonly channel?: string;
  readonly contactId?: string;
  readonly customerId?: string;
  readonly assigneeId?: string;
  readonly externalReference?: string;
  readonly tag?: string;
}

const kind: RecordKind<'conversations'> = {
  table: 'conversations',
  prefix: 'cnv',
  noun: 'conversation',
  customer: 'customer_id',
  json: ['tags'],
  searched: ['subject', 'externalReference'],
  personal: ['subject'],
  show: presentConversation,
};

export function listConversations(app: App, ctx: Context, query: ConversationQuery) {
  const { status, channel, contactId, customerId, assigneeId, externalReference, tag, ...ask } = query;
  const equal = {
    status,
    channel,
    contact_id: contactId,
    customer_id: customerId,
    assignee_id: assigneeId,
    external_reference: externalReference,
  };
  return listRecords<'conversations', Conversation>(app, ctx, kind, ask, (e) => [
    ...Object.entries(equal).flatMap(([column, value]) =>
      value === undefined ? [] : [e(column as keyof typeof equal, '=', value)],
    ),
    // A tag is a slug: it has nothing that `like` or JSON would take for something else.
    ...(tag === undefined ? [] : [e('tags', 'like', `%"${tag}"%`)]),
  ]);
}

export function getConversation(app: App, ctx: Context, id: string): Promise<Conversation> {
  return getRecord(app, ctx, kind, id);
}

/** What is sent through a channel needs its scope, besides that of conversations. */
function requireChannel(app: App, ctx: Context, channel: string): void {
  const scope = `channels.${channel}:write`;
  if (holdsScope(app, ctx, scope)) return;
  const members = { requiredScopes: ['conversations:write', scope], missingScopes: [scope] };
  throw new AppError('insufficient_scope', `To send by ${channel} needs ${scope}, too.`, { members });
}

async function contactFor(app: App, ctx: Context, unit: Unit, contact: ConversationInput['contact']) {
  const { id, ...input } = contact;
  if (id === undefined) return obtainContact(app, ctx, unit, input);
  return getContact(app, { ...ctx, unit }, id).catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    throw invalid({ path: 'contact.id', message: 'there is no such contact' });
  });
}

/** 409 with the one that has the reference, where the caller may see it. */
async function referenceTaken(ctx: Context, unit: Unit, reference: string): Promise<AppError> {
  const existing = await conversationByReference(unit.tx, ctx, reference);
  const customers = customersOf(ctx);
  const isSeen = customers === null || (existing?.customer_id && customers.includes(existing.customer_id));
  return new AppError('conflict', 'Another conversation has this externalReference.', {
    members: isSeen && existing ? { existingId: existing.id } : {},
  });
}

/** Begins a conversation with its first message. A key for customers begins those of its customers only. */
export async function beginConversation(
  app: App,
  ctx: Context,
  direction: Direction,
  input: ConversationInput,
): Promise<Conversation> {
  if (direction === 'outbound') requireChannel(app, ctx, input.channel);
  return change(app, ctx, async (unit) => {
    const inUnit = { ...ctx, unit };
    const reference = input.externalReference ?? null;
    if (reference !== null && (await conversationByReference(unit.tx, ctx, reference)))
      throw await referenceTaken(ctx, unit, reference);
    const contact = await contactFor(app, ctx, unit, input.contact);
    const fields = {
      customerId: contact.customerId,
      contactId: contact.id,
      direction,
      channel: input.channel,
      subject: input.subject,
      status: 'open',
      assigneeId: null,
      tags: input.tags,
      externalReference: reference,
      messages: 0,
      messagesIn: 0,
      lastMessageAt: null,
      firstInboundAt: null,
      firstResponseAt: null,
      resolvedAt: null,
    };
    const begun = await addRecord<'conversations', Conversation>(app, ctx, unit, kind, fields);
    if (begun === null) throw await referenceTaken(ctx, unit, reference!);
    if (input.content === undefined) return begun;
    return (await addMessage(app, inUnit, begun.id, direction, input.content)).conversation;
  });
}

/** Times that a message sets, and the status that it leads to. */
function afterMessage(before: Conversation, direction: Direction, now: number): Partial<Conversation> {
  const common = { messages: before.messages + 1, lastMessageAt: now };
  if (direction === 'inbound') {
    const status = statusAfterInbound(before.status);
    const resolvedAt = status === 'resolved' ? before.resolvedAt : null;
    const messagesIn = before.messagesIn + 1;
    return { ...common, messagesIn, status, resolvedAt, firstInboundAt: before.firstInboundAt ?? now };
  }
  const isResponse = before.firstInboundAt !== null && before.firstResponseAt === null;
  return isResponse ? { ...common, firstResponseAt: now } : common;
}

/** `createdAt` is epoch ms. */
export interface Message {
  readonly id: string;
  readonly direction: string;
  readonly content: string;
  readonly authorKind: string;
  readonly authorId: string;
  readonly createdAt: number;
}

function messageOf(row: ConversationMessageTable): Message {
  const { id, direction, content, author_kind, author_id, created_at } = row;
  return { id, direction, content, authorKind: author_kind, authorId: author_id, createdAt: created_at };
}

export interface SentMessage {
  readonly message: Message;
  readonly conversation: Conversation;
}

async function addMessage(
  app: App,
  ctx: Context,
  id: string,
  direction: Direction,
  content: string,
): Promise<SentMessage> {
  return change(app, ctx, async (unit) => {
    const now = app.clock.wallMs();
    let before: Conversation | undefined;
    const conversation = await patchRecord<'conversations', Conversation>(
      app,
      { ...ctx, unit },
      kind,
      id,
      (found) => {
        before = found;
        return afterMessage(found, direction, now);
      },
      { action: 'message.created' },
    );
    const message = {
      id: app.newId('msg'),
      conversation_id: id,
      direction,
      content,
      author_kind: ctx.caller.kind,
      author_id: ctx.caller.id,
      created_at: now,
    };
    await insertMessage(unit.tx, message);
    await countMessage(unit.tx, ctx, conversation, message);
    const sent = { message: messageOf(message), conversation };
    await publishMessage(app, ctx, unit, before!, sent);
    return sent;
  });
}

/** One that is sent goes through the conversation's channel, and needs its scope; one that came in is written down. */
export async function sendMessage(
  app: App,
  ctx: Context,
  id: string,
  message: { readonly content: string; readonly direction: Direction },
): Promise<Message> {
  const { channel } = await getConversation(app, ctx, id);
  if (message.direction === 'outbound') requireChannel(app, ctx, channel);
  return (await addMessage(app, ctx, id, message.direction, message.content)).message;
}

export async function listMessages(app: App, ctx: Context, id: string, ask: PageAsk) {
  await getConversation(app, ctx, id);
  const after = readCursor('msg', ask.cursor);
  const rows = await messagesOf(reader(app, ctx), id, {
    limit: ask.limit + 1,
    ...(after === undefined ? {} : { after }),
  });
  const { kept, nextCursor } = cutPage(rows, ask.limit, (row) => row.id);
  return { items: kept.map(messageOf), nextCursor };
}

async function requireAssignee(ctx: Context, unit: Unit, assigneeId: string | null | undefined) {
  if (assigneeId === undefined || assigneeId === null) return;
  if (await getMember(unit.tx, ctx.tenantId, assigneeId)) return;
  throw invalid({ path: 'assigneeId', message: 'is not a member of the tenant' });
}

export async function patchConversation(
  app: App,
  ctx: Context,
  id: string,
  patch: ConversationPatch,
  precondition?: Precondition,
): Promise<Conversation> {
  const now = app.clock.wallMs();
  const changes = ({ status: before }: Conversation) => {
    const { status } = patch;
    if (status === undefined || status === before) return patch;
    if (!allowsStatus(before, status)) {
      const possible = statusTransitions[before].join(' or ');
      const detail = `A conversation that is ${before} can become ${possible}, and not ${status}.`;
      throw new AppError('conflict', detail, { members: { currentStatus: before } });
    }
    return { ...patch, resolvedAt: status === 'resolved' ? now : null };
  };
  return patchRecord<'conversations', Conversation>(app, ctx, kind, id, changes, {
    ...(precondition ? { precondition } : {}),
    allow: (unit) => requireAssignee(ctx, unit, patch.assigneeId),
  });
}
