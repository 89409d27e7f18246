import type { z } from 'zod';
import type {
  environmentView,
  rateLimitTierView,
  scopeBundleView,
  scopeView,
} from '../src/contract/catalogue.ts';
import type { changedKeyView, createdKeyView, keyView, reissuedKeyView } from '../src/contract/keys.ts';
import type { signedInView } from '../src/contract/people.ts';

export type { Environment } from '../src/core/environments.ts';

/** What the server answers, as its contract says it. */
export type SignedIn = z.output<typeof signedInView>;
export type Key = z.output<typeof keyView>;
export type CreatedKey = z.output<typeof createdKeyView>;
export type ChangedKey = z.output<typeof changedKeyView>;
export type ReissuedKey = z.output<typeof reissuedKeyView>;
export type Scope = z.output<typeof scopeView>;
export type ScopeBundle = z.output<typeof scopeBundleView>;
export type RateLimitTier = z.output<typeof rateLimitTierView>;
export type EnvironmentInfo = z.output<typeof environmentView>;

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

import type { keyPolicyView } from '../src/contract/key-policy.ts';
import type { meView, testKeyView } from '../src/contract/keys.ts';

export type Me = z.output<typeof meView>;
export type TestedKey = z.output<typeof testKeyView>;
export type OwnKeyPolicy = z.output<typeof keyPolicyView>;

import type { accessAdvice, rotationView } from '../src/contract/usage.ts';

export type Propagation = ChangedKey['propagation'];
export type KeySecret = Key['secrets'][number];
export type RotationProgress = z.output<typeof rotationView>;
export type AccessAdvice = z.output<typeof accessAdvice>;

import type { deletedKeyView } from '../src/contract/keys.ts';
import type {
  createdInvitationView,
  invitationView,
  memberView,
  sessionsView,
  twoFactorView,
} from '../src/contract/people.ts';

export type DeletedKey = z.output<typeof deletedKeyView>;
export type Member = z.output<typeof memberView>;
export type Role = Member['role'];
export type Invitation = z.output<typeof invitationView>;
export type CreatedInvitation = z.output<typeof createdInvitationView>;
/** With `twoFactorRequired` nobody is signed in yet, and the rest is null. */
export type SignInAnswer = { readonly twoFactorRequired: boolean } & {
  readonly [K in keyof SignedIn]: SignedIn[K] | null;
};
export type Session = z.output<typeof sessionsView>['data'][number];
export type TwoFactor = z.output<typeof twoFactorView>;

import type { conversationAnalyticsRow, messageAnalyticsRow } from '../src/contract/analytics.ts';
import type { contactView } from '../src/contract/contacts.ts';
import type { conversationView, messageView } from '../src/contract/conversations.ts';
import type { customerView } from '../src/contract/customers.ts';
import type {
  activationsView,
  licenseVerdictView,
  licenseView,
  productView,
} from '../src/contract/licenses.ts';
import type { telemetryTotalsView, telemetryView } from '../src/contract/telemetry.ts';

export type Customer = z.output<typeof customerView>;
export type Contact = z.output<typeof contactView>;
export type Conversation = z.output<typeof conversationView>;
export type Message = z.output<typeof messageView>;
export type ConversationAnalyticsRow = z.output<typeof conversationAnalyticsRow>;
export type MessageAnalyticsRow = z.output<typeof messageAnalyticsRow>;
export type Product = z.output<typeof productView>;
export type License = z.output<typeof licenseView>;
export type Activation = z.output<typeof activationsView>['data'][number];
export type LicenseVerdict = z.output<typeof licenseVerdictView>;
export type TelemetryRecord = z.output<typeof telemetryView>;
export type TelemetryTotals = z.output<typeof telemetryTotalsView>;

import type { auditEntryView, auditVerdictView, checkpointView } from '../src/contract/audit.ts';
import type { jobView, listedJobView } from '../src/contract/jobs.ts';
import type { explanation, logEntry } from '../src/contract/logs.ts';

export type LogEntry = z.output<typeof logEntry>;
export type Explanation = z.output<typeof explanation>;
export type ListedJob = z.output<typeof listedJobView>;
export type Job = z.output<typeof jobView>;
export type AuditEntry = z.output<typeof auditEntryView>;
export type AuditCheckpoint = z.output<typeof checkpointView>;
export type AuditVerdict = z.output<typeof auditVerdictView>;

import type { signalView } from '../src/contract/alerts.ts';
import type { overviewPage } from '../src/contract/overview.ts';
import type { usageView } from '../src/contract/usage.ts';

export type KeyUsage = z.output<typeof usageView>;
export type UsagePoint = KeyUsage['series'][number];
export type Counts = Omit<UsagePoint, 'at'>;
export type OverviewPage = z.output<typeof overviewPage>;
export type OverviewTotals = NonNullable<OverviewPage['totals']>;
export type OverviewKey = OverviewPage['data'][number];
export type Signal = z.output<typeof signalView>;

import type {
  articleView,
  categoryView,
  foundArticleView,
  subcategoryView,
  tagView,
} from '../src/contract/kb.ts';
import type {
  createdWebhookView,
  deliveryDetailsView,
  deliveryView,
  eventTypesView,
  replayedView,
  rotatedWebhookView,
  webhookView,
} from '../src/contract/webhooks.ts';

export type Category = z.output<typeof categoryView>;
export type Subcategory = z.output<typeof subcategoryView>;
export type Tag = z.output<typeof tagView>;
export type Article = z.output<typeof articleView>;
/** As lists have it. */
export type ListedArticle = Omit<Article, 'content'>;
export type FoundArticle = ListedArticle & Pick<z.output<typeof foundArticleView>, 'snippet'>;
export type Webhook = z.output<typeof webhookView>;
export type CreatedWebhook = z.output<typeof createdWebhookView>;
export type RotatedWebhook = z.output<typeof rotatedWebhookView>;
export type Delivery = z.output<typeof deliveryView>;
export type DeliveryDetails = z.output<typeof deliveryDetailsView>;
export type WebhookEvent = z.output<typeof eventTypesView>['data'][number];
export type ReplayedDeliveries = z.output<typeof replayedView>;
