import { z } from 'zod';
import { tierNames } from '../core/tiers.ts';
import { environmentField, page, pageQuery } from './common.ts';

const labels = {
  label: z.string().meta({ description: 'What people read.' }),
  description: z.string(),
};

export const scopeView = z
  .object({
    name: z.string(),
    ...labels,
    surface: z.string(),
    action: z.enum(['read', 'write', 'verify']),
    implies: z.array(z.string()).meta({ description: 'Scopes that come with this one.' }),
    inheritable: z.boolean().meta({
      description:
        'Whether a key without a scope list has it. What is not inheritable is in no bundle and is always named.',
    }),
  })
  .meta({ id: 'Scope' });

export const scopeBundleView = z
  .object({
    name: z.string(),
    ...labels,
    scopes: z.array(z.string()).meta({ description: 'What a key created with this bundle gets.' }),
  })
  .meta({ id: 'ScopeBundle' });

const bound = z.object({ min: z.int(), max: z.int() });

export const rateLimitTierView = z
  .object({
    name: z.enum(tierNames),
    ...labels,
    advice: z.string(),
    perMinute: z.int().nullable(),
    burst: z.int().nullable().meta({ description: 'Added to `perMinute` in any 60 s.' }),
    perDay: z.int().nullable(),
    bounds: z.object({ perMinute: bound, burst: bound, perDay: bound }).nullable().meta({
      description:
        'For `custom` alone, whose limits are sent as `rateLimit`. `burst` is never more than `perMinute`.',
    }),
  })
  .meta({ id: 'RateLimitTier' });

export const environmentView = z
  .object({
    name: environmentField,
    ...labels,
    keyPrefixKind: z.enum(['live', 'test']),
    secretPrefix: z
      .string()
      .meta({ description: 'What new secrets of this environment begin with.', examples: ['sa_live_'] }),
  })
  .meta({ id: 'Environment' });

export const catalogueQuery = z.object(pageQuery);

export const scopeCatalogue = page(scopeView);
export const scopeBundleCatalogue = page(scopeBundleView);
export const rateLimitTierCatalogue = page(rateLimitTierView);
export const environmentCatalogue = page(environmentView);
