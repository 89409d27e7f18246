import { toTimestamp } from '../../contract/common.ts';
import * as contract from '../../contract/people.ts';
import { acceptInvitation } from '../../services/people/invitations.ts';
import { changePassword, type Renewed } from '../../services/people/password.ts';
import {
  endOtherSessions,
  endSession,
  getSession,
  listSessions,
  signOut,
} from '../../services/people/sessions.ts';
import { setUp } from '../../services/people/setup.ts';
import {
  finishWithFactor,
  reauthenticate,
  type SignInAnswer,
  signIn,
} from '../../services/people/sign-in.ts';
import {
  confirmTwoFactor,
  endTwoFactor,
  isChallenged,
  renewBackupCodes,
  startTwoFactor,
} from '../../services/people/two-factor.ts';
import { type Reply, type Route, route } from '../route.ts';
import { presentSession, presentSignedIn } from '../views/people.ts';

const tag = 'People';
const open = { open: true } as const;
const anyone = { people: 'any' } as const;
const noStore = { 'cache-control': 'no-store' };

function withCookies(status: number, body: unknown, cookies: readonly string[]): Reply {
  return { status, body, headers: cookies.length > 0 ? { ...noStore, 'set-cookie': [...cookies] } : noStore };
}

function renewed({ signedIn, cookies }: Renewed): Reply {
  return withCookies(200, presentSignedIn(signedIn), cookies);
}

function signInReply(status: number, { signedIn, cookies }: SignInAnswer): Reply {
  const view = signedIn ? presentSignedIn(signedIn) : { user: null, tenant: null, session: null };
  return withCookies(status, { twoFactorRequired: signedIn === null, ...view }, cookies);
}

const signingIn: Route[] = [
  route({
    method: 'POST',
    path: '/api/auth/sign-in/email',
    operationId: 'signIn',
    tag,
    summary: 'Sign in',
    description:
      'The session is the cookie of the answer. After 10 wrong passwords in 10 minutes from one address or for one account, also the right one is refused.',
    access: open,
    body: contract.signInBody,
    answers: { 200: contract.signInView },
    refusals: ['invalid_credentials', 'rate_limited', 'overloaded', 'role_not_allowed'],
    handler: async (app, ctx, { body, http }) => signInReply(200, await signIn(app, ctx, http, body)),
  }),
  route({
    method: 'POST',
    path: '/api/auth/two-factor/verify-totp',
    operationId: 'verifyTotp',
    tag,
    summary: 'Finish a sign-in, or switch two-factor sign-in on, with a code of the app',
    description:
      'While a sign-in waits for its second factor the code belongs to it, otherwise to `two-factor/enable`.',
    access: open,
    body: contract.totpBody,
    answers: { 200: contract.signInView },
    refusals: ['invalid_credentials', 'missing_key', 'conflict', 'rate_limited', 'role_not_allowed'],
    handler: async (app, ctx, { body, http }) =>
      signInReply(
        200,
        isChallenged(app, http)
          ? await finishWithFactor(app, ctx, http, 'totp', body.code)
          : await confirmTwoFactor(app, ctx, http, body.code),
      ),
  }),
  route({
    method: 'POST',
    path: '/api/auth/two-factor/verify-backup-code',
    operationId: 'verifyBackupCode',
    tag,
    summary: 'Finish a sign-in with a back-up code',
    access: open,
    body: contract.backupCodeBody,
    answers: { 200: contract.signInView },
    refusals: ['invalid_credentials', 'conflict', 'rate_limited', 'role_not_allowed'],
    handler: async (app, ctx, { body, http }) =>
      signInReply(200, await finishWithFactor(app, ctx, http, 'backup', body.code)),
  }),
  route({
    method: 'GET',
    path: '/api/auth/setup',
    operationId: 'getSetUpState',
    tag,
    summary: 'Whether Keyward is set up',
    description: 'Before that, the set-up link makes the first owner.',
    access: open,
    answers: { 200: contract.setUpStateView },
    refusals: ['store_unavailable'],
    handler: async (app) => ({
      status: 200,
      body: { isSetUp: await app.people.hasUsers() },
      headers: noStore,
    }),
  }),
  route({
    method: 'POST',
    path: '/api/auth/setup',
    operationId: 'setUp',
    tag,
    summary: 'Redeem the set-up link: make the first owner and sign in',
    access: open,
    body: contract.setUpBody,
    answers: { 201: contract.signInView },
    refusals: ['not_found', 'conflict', 'overloaded', 'role_not_allowed'],
    handler: async (app, ctx, { body, http }) => signInReply(201, await setUp(app, ctx, http, body)),
  }),
  route({
    method: 'POST',
    path: '/api/auth/accept-invitation',
    operationId: 'acceptInvitation',
    tag,
    summary: 'Become a member and sign in',
    access: open,
    body: contract.acceptInvitationBody,
    answers: { 201: contract.signInView },
    refusals: ['not_found', 'conflict', 'overloaded', 'role_not_allowed'],
    handler: async (app, ctx, { body, http }) =>
      signInReply(201, await acceptInvitation(app, ctx, http, body)),
  }),
];

const sessions: Route[] = [
  route({
    method: 'GET',
    path: '/api/auth/get-session',
    operationId: 'getSession',
    tag,
    summary: 'Who is signed in',
    description: 'Once a day it prolongs the session to seven days from now.',
    access: anyone,
    answers: { 200: contract.signedInView },
    handler: async (app, _ctx, { http }) => renewed(await getSession(app, http)),
  }),
  route({
    method: 'GET',
    path: '/api/auth/list-sessions',
    operationId: 'listSessions',
    tag,
    summary: 'Your sessions, newest first',
    access: anyone,
    answers: { 200: contract.sessionsView },
    handler: async (app, ctx) => {
      const currentId = ctx.caller.kind === 'user' ? ctx.caller.sessionId : '';
      const rows = await listSessions(app, ctx);
      return withCookies(200, { data: rows.map((row) => presentSession(row, currentId)) }, []);
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/revoke-session',
    operationId: 'endSession',
    tag,
    summary: 'End one of your sessions',
    access: anyone,
    body: contract.endSessionBody,
    answers: { 204: null },
    refusals: ['not_found'],
    handler: async (app, ctx, { body }) => {
      await endSession(app, ctx, body.id);
      return { status: 204 };
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/revoke-other-sessions',
    operationId: 'endOtherSessions',
    tag,
    summary: 'End all of your sessions but this one',
    access: anyone,
    answers: { 200: contract.endedSessionsView },
    handler: async (app, ctx) => withCookies(200, { ended: await endOtherSessions(app, ctx) }, []),
  }),
  route({
    method: 'POST',
    path: '/api/auth/sign-out',
    operationId: 'signOut',
    tag,
    summary: 'Sign out',
    access: anyone,
    answers: { 204: null },
    handler: async (app, ctx) => withCookies(204, undefined, await signOut(app, ctx)),
  }),
];

const credentials: Route[] = [
  route({
    method: 'POST',
    path: '/api/auth/reauthenticate',
    operationId: 'reauthenticate',
    tag,
    summary: 'Confirm that it is you',
    description:
      'Sensitive calls ask for it when the last confirmation is more than 10 minutes ago. With two-factor sign-in on, `code` is required.',
    access: anyone,
    body: contract.reauthenticateBody,
    answers: { 200: contract.reauthenticatedView },
    refusals: ['invalid_credentials', 'rate_limited', 'overloaded'],
    handler: async (app, ctx, { body, http }) => {
      const at = await reauthenticate(app, ctx, http, body);
      return withCookies(200, { authenticatedAt: toTimestamp(at) }, []);
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/change-password',
    operationId: 'changePassword',
    tag,
    summary: 'Change your password',
    description: 'Ends all your other sessions and renews this one.',
    access: anyone,
    body: contract.changePasswordBody,
    answers: { 200: contract.signedInView },
    refusals: ['invalid_credentials', 'rate_limited', 'overloaded'],
    handler: async (app, ctx, { body, http }) => renewed(await changePassword(app, ctx, http, body)),
  }),
  route({
    method: 'POST',
    path: '/api/auth/two-factor/enable',
    operationId: 'startTwoFactor',
    tag,
    summary: 'Prepare two-factor sign-in',
    description: 'It is on once `two-factor/verify-totp` was sent a first code.',
    access: anyone,
    body: contract.passwordBody,
    answers: { 200: contract.twoFactorView },
    refusals: ['invalid_credentials', 'conflict', 'rate_limited', 'overloaded'],
    handler: async (app, ctx, { body, http }) =>
      withCookies(200, await startTwoFactor(app, ctx, http, body.password), []),
  }),
  route({
    method: 'POST',
    path: '/api/auth/two-factor/disable',
    operationId: 'endTwoFactor',
    tag,
    summary: 'Switch two-factor sign-in off',
    description: 'Ends all your other sessions and renews this one.',
    access: anyone,
    needsFreshLogin: true,
    body: contract.passwordBody,
    answers: { 200: contract.signedInView },
    refusals: ['invalid_credentials', 'conflict', 'rate_limited', 'overloaded'],
    handler: async (app, ctx, { body, http }) => renewed(await endTwoFactor(app, ctx, http, body.password)),
  }),
  route({
    method: 'POST',
    path: '/api/auth/two-factor/generate-backup-codes',
    operationId: 'renewBackupCodes',
    tag,
    summary: 'Get new back-up codes',
    description: 'The old ones end, and all your other sessions.',
    access: anyone,
    needsFreshLogin: true,
    body: contract.passwordBody,
    answers: { 200: contract.backupCodesView },
    refusals: ['invalid_credentials', 'conflict', 'rate_limited', 'overloaded'],
    handler: async (app, ctx, { body, http }) =>
      withCookies(200, { backupCodes: await renewBackupCodes(app, ctx, http, body.password) }, []),
  }),
];

export const authRoutes: readonly Route[] = [...signingIn, ...sessions, ...credentials];
