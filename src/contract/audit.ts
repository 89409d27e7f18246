import { z } from 'zod';
import { damageKinds } from '../core/audit-chain.ts';
import { environmentField, moment, page, pageQuery, text, timestamp } from './common.ts';

const time = (description: string) => moment.optional().meta({ description });

const times = { from: time('This time or later.'), to: time('Before this time.') };

export const listAuditQuery = z.object({
  ...pageQuery,
  action: text(1, 100).optional().meta({ description: 'Such as `key.revoked`.' }),
  actorId: text(1, 200).optional().meta({ description: 'Id of the person or key that did it.' }),
  targetId: text(1, 200).optional().meta({ description: 'Id of what was changed.' }),
  environment: environmentField.optional(),
  ...times,
});

export const exportAuditQuery = z.object({
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
  ...times,
});

export const auditEntryView = z
  .object({
    id: z.string(),
    seq: z.int().meta({ description: 'Place in the chain of the tenant, from 1.' }),
    at: timestamp,
    environment: z.string().nullable(),
    actor: z.object({ type: z.string().meta({ description: '`key`, `user` or `system`.' }), id: z.string() }),
    action: z.string(),
    targetId: z.string().nullable(),
    before: z.unknown().meta({ description: 'What it was; null where nothing was before.' }),
    after: z.unknown().meta({ description: 'What it became; null where nothing is left.' }),
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

export const auditPage = page(auditEntryView);

export const checkpointView = z
  .object({
    tenantId: z.string(),
    seq: z.int().meta({ description: 'So many entries the chain had.' }),
    hash: z.string().meta({ description: 'Of the last of them.' }),
    at: timestamp,
    signature: z.string().meta({ description: 'Ed25519, in base64url.' }),
    publicKey: z
      .string()
      .meta({ description: 'In PEM; the same as long as the secret of the installation is.' }),
  })
  .meta({ id: 'AuditCheckpoint' });

const { publicKey: _, ...signedCheckpoint } = checkpointView.shape;

export const auditVerdictView = z
  .object({
    verdict: z.enum(['whole', 'broken']),
    entries: z
      .int()
      .meta({ description: 'So many are as they were written: all, or those before the first that is not.' }),
    checkpoints: z
      .int()
      .meta({ description: 'That are in the database, and were held against the entries.' }),
    lastCheckpoint: z.object(signedCheckpoint).nullable().meta({
      description:
        'The newest that is signed. One that is kept elsewhere also tells whether the end was cut off.',
    }),
    problem: z
      .object({
        seq: z.int().meta({ description: 'The first place in the chain that is not as it was written.' }),
        entryId: z.string().nullable().meta({
          description: 'Of what is there now; null where nothing is, or where it is not for you to see.',
        }),
        kind: z.enum(damageKinds).meta({
          description:
            '`reordered`: entries before it were moved, or removed with the numbers mended. `cut_off`: the end is missing. `head_missing`: what says where the chain ends. `checkpoint_mismatch`: the entry is not the one that was signed. `checkpoint_forged`: the signature of a checkpoint is not ours.',
        }),
        message: z.string(),
      })
      .nullable(),
    checkedAt: timestamp,
    tookMs: z.int(),
  })
  .meta({ id: 'AuditVerdict' });

export const exportView = z
  .string()
  .meta({ mediaType: 'application/x-ndjson', otherMediaTypes: ['text/csv'] });
