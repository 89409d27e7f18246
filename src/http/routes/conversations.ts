import * as contract from '../../contract/conversations.ts';
import { presentConversation, presentMessage } from '../../services/conversation-events.ts';
import {
  beginConversation,
  type Conversation,
  type Direction,
  getConversation,
  listConversations,
  listMessages,
  patchConversation,
  sendMessage,
} from '../../services/conversations.ts';
import { created, ok, type Route, route, tagOf } from '../route.ts';
import { presentTimes, recordParams } from './records.ts';

const tag = 'Conversations';
const path = '/api/v1/conversations';
const show = (conversation: Conversation) => ({
  ...presentConversation(conversation),
  ...presentTimes(conversation),
});
const read = { scopes: ['conversations:read'] };
const write = { scopes: ['conversations:write'] };

interface Beginning {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly direction: Direction;
}

function beginning({ direction, ...rest }: Beginning): Route {
  return route({
    ...rest,
    method: 'POST',
    tag,
    access: write,
    body: contract.beginConversationBody,
    answers: { 201: contract.conversationView },
    refusals: ['conflict', 'customer_not_allowed'],
    isIdempotent: true,
    handler: async (app, ctx, { body }) => {
      const begun = await beginConversation(app, ctx, direction, body);
      return created(show(begun), { etag: tagOf(begun), location: `${path}/${begun.id}` });
    },
  });
}

export const conversationRoutes: Route[] = [
  route({
    method: 'GET',
    path,
    operationId: 'listConversations',
    tag,
    summary: 'List conversations',
    access: read,
    query: contract.listConversationsQuery,
    answers: { 200: contract.conversationPage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listConversations(app, ctx, query);
      return ok({ data: items.map(show), nextCursor });
    },
  }),
  beginning({
    path,
    operationId: 'createConversation',
    summary: 'Write down a conversation that a contact began',
    description: 'With `content`, its first message came from the contact.',
    direction: 'inbound',
  }),
  beginning({
    path: `${path}/outbound`,
    operationId: 'beginConversation',
    summary: 'Begin a conversation with a contact',
    description:
      'Needs the scope of the channel, too: `channels.email:write` for `email`. Where another conversation has the `externalReference`: 409 with its `existingId`.',
    direction: 'outbound',
  }),
  route({
    method: 'GET',
    path: `${path}/{id}`,
    operationId: 'getConversation',
    tag,
    summary: 'Get a conversation',
    access: read,
    params: recordParams,
    answers: { 200: contract.conversationView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      const conversation = await getConversation(app, ctx, params.id);
      return ok(show(conversation), { etag: tagOf(conversation) });
    },
  }),
  route({
    method: 'PATCH',
    path: `${path}/{id}`,
    operationId: 'updateConversation',
    tag,
    summary: 'Change status, subject, assignee or tags of a conversation',
    description: 'A status that does not follow from the present one is 409.',
    access: write,
    params: recordParams,
    body: contract.patchConversationBody,
    answers: { 200: contract.conversationView },
    refusals: ['not_found', 'conflict', 'precondition_failed'],
    handler: async (app, ctx, { params, body, ifMatch }) => {
      const conversation = await patchConversation(app, ctx, params.id, body, { ifMatch, tagOf });
      return ok(show(conversation), { etag: tagOf(conversation) });
    },
  }),
  route({
    method: 'GET',
    path: `${path}/{id}/messages`,
    operationId: 'listMessages',
    tag,
    summary: 'List the messages of a conversation',
    description: 'Oldest first.',
    access: read,
    params: recordParams,
    query: contract.listMessagesQuery,
    answers: { 200: contract.messagePage },
    refusals: ['not_found'],
    handler: async (app, ctx, { params, query }) => {
      const { items, nextCursor } = await listMessages(app, ctx, params.id, query);
      return ok({ data: items.map(presentMessage), nextCursor });
    },
  }),
  route({
    method: 'POST',
    path: `${path}/{id}/messages`,
    operationId: 'sendMessage',
    tag,
    summary: 'Send a message, or write one down that came in',
    description:
      'One that is sent needs the scope of the channel, too. One that comes in opens a conversation that is pending, and reopens one that is resolved.',
    access: write,
    params: recordParams,
    body: contract.sendMessageBody,
    answers: { 201: contract.messageView },
    refusals: ['not_found'],
    isIdempotent: true,
    handler: async (app, ctx, { params, body }) =>
      created(presentMessage(await sendMessage(app, ctx, params.id, body))),
  }),
];
