import { z } from 'zod';
import { environments } from '../core/environments.ts';
import { isEmail, maxEmailLength, normalizeEmail, passwordLength, passwordProblem } from '../core/people.ts';
import { roleNames } from '../core/roles.ts';
import { containsSecret } from '../core/secret.ts';
import { rateLimitBounds } from '../core/tiers.ts';
import { label, page, pageQuery, text, timestamp } from './common.ts';

const notASecret = (value: string) => !containsSecret(value);
const name = label(100).refine(
  notASecret,
  'contains the text of a key: a secret is never stored. Treat that key as leaked and rotate it',
);

const email = text(1, maxEmailLength)
  .transform(normalizeEmail)
  .refine(isEmail, 'must be an e-mail address, such as ada@example.com')
  .meta({ description: 'Upper and lower case are the same.', examples: ['ada@example.com'] });

/** A password that exists: how long it may be is no secret, what it is made of is not judged. */
const password = text(1, passwordLength.max);

const newPassword = z
  .string()
  .min(passwordLength.min, { error: `must have at least ${passwordLength.min} characters`, abort: true })
  .max(passwordLength.max, { error: `must have at most ${passwordLength.max} characters`, abort: true })
  .superRefine((value, context) => {
    const problem = passwordProblem(value);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

const token = text(1, 200).meta({ description: 'What stands after `#token=` in the link.' });
const code = text(1, 64).meta({
  description: 'Six digits of the app, or a back-up code where those are asked for.',
});
const role = z.enum(roleNames);

export const signInBody = z.strictObject({ email, password });
export const setUpStateView = z.object({
  isSetUp: z
    .boolean()
    .meta({ description: 'Whether there is an owner: then the set-up link has done its work.' }),
});
export const setUpBody = z.strictObject({
  token,
  name,
  email,
  password: newPassword,
  tenantName: name.optional(),
});
export const acceptInvitationBody = z.strictObject({ token, name, password: newPassword });
export const totpBody = z.strictObject({ code: code.regex(/^\d{6}$/, 'must be six digits') });
export const backupCodeBody = z.strictObject({ code });
export const reauthenticateBody = z.strictObject({ password, code: code.optional() });
export const passwordBody = z.strictObject({ password });
export const changePasswordBody = z.strictObject({ currentPassword: password, newPassword });
export const endSessionBody = z.strictObject({ id: text(1, 100) });

export const signedInView = z
  .object({
    user: z.object({
      id: z.string(),
      name: z.string(),
      email: z.string(),
      role,
      twoFactorEnabled: z.boolean(),
    }),
    tenant: z.object({ id: z.string(), name: z.string() }),
    session: z.object({
      id: z.string(),
      createdAt: timestamp,
      expiresAt: timestamp,
      authenticatedAt: timestamp.meta({ description: 'When password and second factor were last given.' }),
    }),
  })
  .meta({ id: 'SignedIn', description: 'Who is signed in. The session itself is in the cookie only.' });

export const signInView = z
  .object({
    twoFactorRequired: z.boolean(),
    ...Object.fromEntries(
      Object.entries(signedInView.shape).map(([key, schema]) => [key, schema.nullable()]),
    ),
  })
  .meta({
    id: 'SignIn',
    description:
      'With `twoFactorRequired` nobody is signed in yet: send the code to `/api/auth/two-factor/verify-totp`.',
  });

export const twoFactorView = z.object({
  totpURI: z.string().meta({ description: 'For the app, usually as a QR code. Shown this once.' }),
  backupCodes: z.array(z.string()).meta({ description: 'Each is good for one sign-in. Shown this once.' }),
});
export const backupCodesView = z.object({ backupCodes: z.array(z.string()) });
export const reauthenticatedView = z.object({ authenticatedAt: timestamp });

export const sessionsView = z.object({
  data: z.array(
    z
      .object({
        id: z.string(),
        createdAt: timestamp,
        expiresAt: timestamp,
        ip: z.string().nullable(),
        userAgent: z.string().nullable(),
        isCurrent: z.boolean(),
      })
      .meta({ id: 'Session' }),
  ),
});
export const endedSessionsView = z.object({ ended: z.int() });

const ceiling = z
  .strictObject({
    perMinute: z.int().min(1).max(rateLimitBounds.perMinute),
    burst: z.int().min(0).max(rateLimitBounds.perMinute),
    perDay: z.int().min(1).max(rateLimitBounds.perDay),
  })
  .partial()
  .meta({
    description:
      'Merged with the present ceiling; a first one needs all three. `burst` is never more than `perMinute`.',
  });

function perEnvironment<T extends z.ZodType>(value: T) {
  return Object.fromEntries(environments.map((environment) => [environment, value.optional()])) as {
    [K in (typeof environments)[number]]: z.ZodOptional<T>;
  };
}

export const patchTenantBody = z.strictObject({
  name: name.optional(),
  ceilings: z.strictObject(perEnvironment(ceiling.nullable())).nullable().optional(),
});

export const tenantView = z
  .object({
    id: z.string(),
    name: z.string(),
    ceilings: z
      .object(perEnvironment(z.object({ perMinute: z.int(), burst: z.int(), perDay: z.int() })))
      .meta({
        description: 'Over all keys of an environment together; an environment without one has no ceiling.',
      }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Tenant' });

export const listPeopleQuery = z.object(pageQuery);
export const memberParams = z.object({ id: text(1, 100) });
export const removeMemberQuery = z.object({
  personalKeys: z.enum(['revoke', 'delete']).optional().meta({
    description:
      'What becomes of the personal keys of the member: `revoke` keeps them to look at, `delete` keeps their history only. Neither lets them work again.',
  }),
});
export const patchMemberBody = z.strictObject({ role });

export const memberView = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role,
    twoFactorEnabled: z.boolean(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Member' });
export const memberPage = page(memberView);

export const inviteBody = z.strictObject({ email, role });
const invitationFields = { id: z.string(), email: z.string(), role, expiresAt: timestamp };
export const invitationView = z
  .object({ ...invitationFields, invitedBy: z.string(), createdAt: timestamp })
  .meta({ id: 'Invitation' });
export const createdInvitationView = z.object({
  ...invitationFields,
  link: z
    .string()
    .nullable()
    .meta({ description: 'To copy and send. Shown this once, good for seven days.' }),
  secretAlreadyShown: z.literal(true).optional(),
});
export const invitationPage = page(invitationView);
