import { toTimestamp } from '../../contract/common.ts';
import * as contract from '../../contract/people.ts';
import { patchSettingsBody, settingsView } from '../../contract/settings.ts';
import { inviteMember, listInvitations, revokeInvitation } from '../../services/people/invitations.ts';
import {
  changeRole,
  getMember,
  listMembers,
  type Member,
  removeMember,
} from '../../services/people/members.ts';
import { getTenant, patchSettings, patchTenant, type Tenant } from '../../services/people/tenant.ts';
import { created, etag, noContent, ok, type Route, route } from '../route.ts';
import { presentInvitation, presentMember, presentTenant } from '../views/people.ts';
import { authRoutes } from './auth.ts';

const tag = 'People';
const tenantTag = (tenant: Tenant) => etag(tenant.id, tenant.updatedAt);
const memberTag = (member: Member) => etag(member.id, member.updated_at);

const tenant: Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/tenant',
    operationId: 'getTenant',
    tag,
    summary: 'Get your tenant',
    access: { people: ['members', 'read'] },
    answers: { 200: contract.tenantView },
    handler: async (app, ctx) => {
      const found = await getTenant(app, ctx);
      return ok(presentTenant(found), { etag: tenantTag(found) });
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/tenant',
    operationId: 'updateTenant',
    tag,
    summary: 'Change your tenant',
    description:
      'A ceiling holds for all keys of an environment together, from the next request on; null takes it away.',
    access: { people: ['members', 'write'] },
    body: contract.patchTenantBody,
    answers: { 200: contract.tenantView },
    refusals: ['precondition_failed'],
    handler: async (app, ctx, { body, ifMatch }) => {
      const changed = await patchTenant(app, ctx, body, { ifMatch, tagOf: tenantTag });
      return ok(presentTenant(changed), { etag: tenantTag(changed) });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/settings',
    operationId: 'getSettings',
    tag,
    summary: 'Get the settings of your tenant',
    access: { people: ['settings', 'read'] },
    answers: { 200: settingsView },
    handler: async (app, ctx) => {
      const found = await getTenant(app, ctx);
      return ok(found.settings, { etag: tenantTag(found) });
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/settings',
    operationId: 'updateSettings',
    tag,
    summary: 'Change the settings of your tenant',
    description:
      'What the body does not name stays as it is; null puts a setting, or a group of them, back to its default.',
    access: { people: ['settings', 'write'] },
    body: patchSettingsBody,
    answers: { 200: settingsView },
    refusals: ['precondition_failed'],
    handler: async (app, ctx, { body, ifMatch }) => {
      const changed = await patchSettings(app, ctx, body, { ifMatch, tagOf: tenantTag });
      return ok(changed.settings, { etag: tenantTag(changed) });
    },
  }),
];

const invitations: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/invitations',
    operationId: 'inviteMember',
    tag,
    summary: 'Invite somebody',
    description: 'The link is shown this once. An earlier invitation of the same address ends.',
    access: { people: ['members', 'write'] },
    needsFreshLogin: true,
    body: contract.inviteBody,
    answers: { 201: contract.createdInvitationView },
    refusals: ['conflict'],
    isIdempotent: true,
    secretFields: ['link'],
    handler: async (app, ctx, { body }) => {
      const { id, link, expiresAt } = await inviteMember(app, ctx, body);
      return created({ id, email: body.email, role: body.role, link, expiresAt: toTimestamp(expiresAt) });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/invitations',
    operationId: 'listInvitations',
    tag,
    summary: 'Invitations that were not accepted yet',
    access: { people: ['members', 'read'] },
    query: contract.listPeopleQuery,
    answers: { 200: contract.invitationPage },
    handler: async (app, ctx, { query }) => {
      const { rows, nextCursor } = await listInvitations(app, ctx, query);
      return ok({ data: rows.map(presentInvitation), nextCursor });
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/invitations/{id}',
    operationId: 'revokeInvitation',
    tag,
    summary: 'Withdraw an invitation',
    access: { people: ['members', 'write'] },
    params: contract.memberParams,
    answers: { 204: null },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      await revokeInvitation(app, ctx, params.id);
      return noContent;
    },
  }),
];

const members: Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/members',
    operationId: 'listMembers',
    tag,
    summary: 'List members',
    access: { people: ['members', 'read'] },
    query: contract.listPeopleQuery,
    answers: { 200: contract.memberPage },
    handler: async (app, ctx, { query }) => {
      const { rows, nextCursor } = await listMembers(app, ctx, query);
      return ok({ data: rows.map(presentMember), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/members/{id}',
    operationId: 'getMember',
    tag,
    summary: 'Get a member',
    access: { people: ['members', 'read'] },
    params: contract.memberParams,
    answers: { 200: contract.memberView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      const member = await getMember(app, ctx, params.id);
      return ok(presentMember(member), { etag: memberTag(member) });
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/members/{id}',
    operationId: 'changeRole',
    tag,
    summary: 'Change a member’s role',
    description:
      'Nobody grants a role above their own, and a tenant keeps an owner. A demotion ends the member’s sessions.',
    access: { people: ['members', 'write'] },
    needsFreshLogin: true,
    params: contract.memberParams,
    body: contract.patchMemberBody,
    answers: { 200: contract.memberView },
    refusals: ['not_found', 'conflict', 'precondition_failed'],
    handler: async (app, ctx, { params, body, ifMatch }) => {
      const member = await changeRole(app, ctx, params.id, body.role, { ifMatch, tagOf: memberTag });
      return ok(presentMember(member), { etag: memberTag(member) });
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/members/{id}',
    operationId: 'removeMember',
    tag,
    summary: 'Remove a member, or leave',
    description:
      'Everybody may leave but the last owner; others are removed by those who may change members. Their sessions end at once, and so do their personal keys: where some of them work, the call asks what to do (409) until `personalKeys` says it.',
    access: { people: 'any' },
    needsFreshLogin: true,
    params: contract.memberParams,
    query: contract.removeMemberQuery,
    answers: { 204: null },
    refusals: ['not_found', 'conflict'],
    handler: async (app, ctx, { params, query }) => {
      await removeMember(app, ctx, params.id, query.personalKeys);
      return noContent;
    },
  }),
];

export const peopleRoutes: readonly Route[] = [...authRoutes, ...tenant, ...invitations, ...members];
