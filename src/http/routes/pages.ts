import { htmlAnswer } from '../html.ts';
import { invitationPage } from '../pages/invitation.ts';
import { setupPage } from '../pages/setup.ts';
import { type Route, route } from '../route.ts';

const tag = 'Service';
const access = { open: true } as const;

/** Where the links of the set-up and of invitations lead. */
export const pageRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/setup',
    operationId: 'getSetupPage',
    tag,
    summary: 'The page of the set-up link',
    description:
      'Creates the owner and a first key in a browser. The token stays in the fragment of the link.',
    access,
    answers: { 200: htmlAnswer },
    refusals: ['store_unavailable'],
    handler: async (app, ctx) =>
      setupPage({
        publicUrl: app.settings.publicUrl,
        environment: ctx.environment,
        isOver: await app.people.hasUsers(),
      }),
  }),
  route({
    method: 'GET',
    path: '/invitation',
    operationId: 'getInvitationPage',
    tag,
    summary: 'The page of an invitation link',
    description: 'Accepts the invitation in a browser. The token stays in the fragment of the link.',
    access,
    answers: { 200: htmlAnswer },
    handler: async (app) => invitationPage(app.settings.publicUrl),
  }),
];
