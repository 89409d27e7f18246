/**
 * Request bodies that work, where the schema alone cannot say so: operation → body. `.meta({ examples })` on the
 * body's schema does the same. A test parses every example by its route's schema.
 */
export const bodyExamples: Readonly<Record<string, unknown>> = {
  createKey: {
    name: 'Help center sync — Production',
    scopes: ['knowledge:read', 'contacts:write'],
    tier: 'professional',
  },
  createPersonalKey: { name: 'billing-21_11_2026-09_30', scopes: ['knowledge:read'] },
  updatePersonalKey: { description: 'For the nightly report.' },
  revokePersonalKey: { reason: 'compromised' },
  rotatePersonalKey: { gracePeriodSeconds: 86_400 },
  updateKey: { rateLimit: { perMinute: 120, burst: 20, perDay: 50_000 }, expiresAt: '2027-01-31T00:00:00Z' },
  revokeKey: { reason: 'compromised' },
  revokeMe: { reason: 'compromised' },
  rotateKey: { gracePeriodSeconds: 86_400 },
  replaceKey: { scopes: ['knowledge:read', 'knowledge:write'], gracePeriodSeconds: 86_400 },
  bulkRevokeKeys: { ids: ['key_01…'], reason: 'Leaked in a build log' },
  importKeys: {
    keys: [
      {
        name: 'Legacy billing — Production',
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        scopes: ['customers:read'],
      },
    ],
  },
  verifyKey: { key: 'sa_live_…', scopes: ['knowledge:read'], ip: '203.0.113.7' },
  verifyTotp: { code: '123456' },
  updateTenant: { ceilings: { production: { perMinute: 5_000, burst: 500, perDay: 2_000_000 } } },
  updateSettings: { rotationReminderDays: 60 },
  createArticle: {
    title: 'Getting started',
    content: '# Getting started\n\nWelcome.',
    tags: ['basics'],
    status: 'published',
  },
  importArticles: [
    { title: 'Getting started', slug: 'getting-started', content: 'Welcome.', status: 'published' },
  ],
  importContacts: [
    { email: 'ada@example.com', name: 'Ada Lovelace', customFields: { plan: 'gold' } },
    { email: 'grace@example.com', phone: '+49 30 1234567' },
  ],
  createLicenses: { productId: 'prd_01…', count: 500, activationLimit: 2, format: 'csv' },
  updateArticle: { summary: 'The first ten minutes.' },
  createAlert: {
    name: 'Limits and expiry',
    conditions: [
      { code: 'day_limit_near', percent: 80 },
      { code: 'expires_soon', days: 14 },
    ],
    channels: { emails: ['ops@example.com'] },
    quiet: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' },
  },
  updateAlert: { isActive: false },
  createWebhook: {
    name: 'CRM — Production',
    url: 'https://example.com/hooks/keyward',
    events: ['key.*', 'contact.created'],
  },
  updateWebhook: { active: false },
  rotateWebhookSecret: { gracePeriodSeconds: 86_400 },
  replayDeliveries: { from: '2026-11-21T09:00:00.000Z', to: '2026-11-21T12:00:00.000Z', status: 'failed' },
  exportLogs: { from: '2026-11-01T00:00:00.000Z', statusClass: '4xx', format: 'csv' },
  previewRetention: { retention: { logDays: 30 } },
  repairUsage: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' },
  testKey: { secret: 'sa_live_…' },
};
