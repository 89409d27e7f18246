import { z } from 'zod';
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

export const exportView = z
  .string()
  .meta({ mediaType: 'application/x-ndjson', otherMediaTypes: ['text/csv'] });
