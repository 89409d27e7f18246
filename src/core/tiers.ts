export const tierNames = ['starter', 'professional', 'enterprise', 'custom'] as const;
export type TierName = (typeof tierNames)[number];

/** At most `perMinute + burst` requests in any 60 s, and `perDay` in a UTC day. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
  readonly perDay: number;
}

export interface Tier extends RateLimit {
  readonly name: Exclude<TierName, 'custom'>;
  readonly label: string;
  readonly description: string;
  readonly advice: string;
}

export const tiers: readonly Tier[] = [
  {
    name: 'starter',
    label: 'Starter',
    description: '60 requests a minute, 10,000 a day, burst 10.',
    advice: 'One-off scripts and first tries.',
    perMinute: 60,
    burst: 10,
    perDay: 10_000,
  },
  {
    name: 'professional',
    label: 'Professional',
    description: '300 requests a minute, 100,000 a day, burst 50.',
    advice: 'Integrations that run every day.',
    perMinute: 300,
    burst: 50,
    perDay: 100_000,
  },
  {
    name: 'enterprise',
    label: 'Enterprise',
    description: '1,000 requests a minute, 1,000,000 a day, burst 200.',
    advice: 'Real-time traffic.',
    perMinute: 1_000,
    burst: 200,
    perDay: 1_000_000,
  },
];

/** The bounds of a custom limit; `keyward init` gives the highest. */
export const rateLimitBounds = { perMinute: 1_000_000, perDay: 1_000_000_000 } as const;

export function tierNamed(name: TierName): Tier | undefined {
  return tiers.find((tier) => tier.name === name);
}
