import type { ColumnType, Generated } from 'kysely';
import type { AuditRow } from '../core/audit-chain.ts';

/** Every table as the queries see it. Times are epoch ms, flags 0 or 1, lists and objects JSON text, in both databases. */
export interface Schema {
  tenants: TenantTable;
  members: MemberTable;
  invitations: InvitationTable;
  users: UserTable;
  sessions: SessionTable;
  accounts: AccountTable;
  verifications: VerificationTable;
  two_factors: TwoFactorTable;
  keys: KeyTable;
  secrets: SecretTable;
  day_counters: DayCounterTable;
  admission_journal: AdmissionJournalTable;
  idempotency_records: IdempotencyTable;
  audit_entries: AuditTable;
  audit_heads: AuditHeadTable;
  audit_checkpoints: AuditCheckpointTable;
  installation: InstallationTable;
  key_prefixes: KeyPrefixTable;
  kb_categories: KbCategoryTable;
  kb_subcategories: KbSubcategoryTable;
  kb_tags: KbTagTable;
  kb_articles: KbArticleTable;
  kb_article_tags: KbArticleTagTable;
  jobs: JobTable;
  job_parts: JobPartTable;
  job_clearings: JobClearingTable;
  customers: CustomerTable;
  contacts: ContactTable;
  products: ProductTable;
  licenses: LicenseTable;
  license_activations: LicenseActivationTable;
  telemetry_records: TelemetryRecordTable;
  telemetry_totals: TelemetryTotalTable;
  conversations: ConversationTable;
  conversation_messages: ConversationMessageTable;
  message_totals: MessageTotalTable;
  key_customers: KeyCustomerTable;
  webhooks: WebhookTable;
  webhook_secrets: WebhookSecretTable;
  webhook_events: WebhookEventTable;
  webhook_deliveries: WebhookDeliveryTable;
  webhook_attempts: WebhookAttemptTable;
  alerts: AlertTable;
  signals: SignalTable;
  alert_notifications: AlertNotificationTable;
  alert_mails: AlertMailTable;
}

type Json = string;
type Flag = number;
type Millis = number;

/** What all tables of records have, whose rows belong to a place and are changed in place. */
export interface RecordColumns {
  id: string;
  tenant_id: string;
  environment: string;
  created_at: Millis;
  updated_at: Millis;
  /** Raised by every change. */
  version: number;
}

export interface TenantTable {
  id: string;
  name: string;
  /** JSON: environment → `{perMinute, burst, perDay}`, the ceiling over all keys of that environment. */
  ceilings: Json;
  settings: Json;
  created_at: Millis;
  updated_at: Millis;
}

export interface MemberTable {
  tenant_id: string;
  user_id: string;
  role: string;
  created_at: Millis;
  updated_at: Millis;
}

export interface InvitationTable {
  id: string;
  tenant_id: string;
  email: string;
  role: string;
  token_digest: string;
  invited_by: string;
  created_at: Millis;
  expires_at: Millis;
  accepted_at: Millis | null;
}

export interface UserTable {
  id: string;
  name: string;
  email: string;
  email_verified: Flag;
  image: string | null;
  two_factor_enabled: Flag | null;
  created_at: Millis;
  updated_at: Millis;
}

export interface SessionTable {
  id: string;
  /** SHA-256 of the session token: the token itself is only in the cookie. */
  token: string;
  user_id: string;
  expires_at: Millis;
  ip_address: string | null;
  user_agent: string | null;
  /** When password (and factor) were last given in this session. */
  authenticated_at: Millis | null;
  created_at: Millis;
  updated_at: Millis;
}

export interface AccountTable {
  id: string;
  account_id: string;
  provider_id: string;
  user_id: string;
  access_token: string | null;
  refresh_token: string | null;
  id_token: string | null;
  access_token_expires_at: Millis | null;
  refresh_token_expires_at: Millis | null;
  scope: string | null;
  password: string | null;
  created_at: Millis;
  updated_at: Millis;
}

export interface VerificationTable {
  id: string;
  identifier: string;
  value: string;
  expires_at: Millis;
  created_at: Millis;
  updated_at: Millis;
}

export interface TwoFactorTable {
  id: string;
  secret: string;
  backup_codes: string;
  user_id: string;
  verified: Flag | null;
  failed_verification_count: number | null;
  locked_until: Millis | null;
}

export interface KeyTable {
  id: string;
  tenant_id: string;
  environment: string;
  owner: string;
  owner_user_id: string | null;
  created_by: string;
  name: string;
  description: string | null;
  /** Lower-cased name and description, for `q`. */
  search_text: string;
  /** JSON list; `[]` inherits. */
  scopes: Json;
  tier: string;
  per_minute: number;
  burst: number;
  per_day: number;
  limit_group: string;
  ip_allowlist: Json;
  customer_ids: Json;
  is_active: Flag;
  revoked_at: Millis | null;
  revoked_reason: string | null;
  /** Revoked as compromised, and not regenerated since. */
  is_compromised: Flag;
  expires_at: Millis | null;
  /** When a replacement takes over. */
  ends_at: Millis | null;
  replaces: string | null;
  replaced_by: string | null;
  last_used_at: Millis | null;
  last_used_ip: string | null;
  /** The minute of `last_used_at`, counted from the epoch; kept by a trigger. */
  last_used_minute: number | null;
  created_at: Millis;
  updated_at: Millis;
  /** Raised by every change: the ETag. */
  version: number;
}

export interface SecretTable {
  id: string;
  key_id: string;
  /** null for an imported secret of another system. */
  public_part: string | null;
  hint: string;
  digest: string;
  created_at: Millis;
  /** From this moment the secret is retired; null for the current one. */
  ends_at: Millis | null;
  last_used_at: Millis | null;
}

export interface DayCounterTable {
  limit_group: string;
  day: number;
  used: number;
  journal_seq: number;
}

export interface AdmissionJournalTable {
  seq: number;
  at: Millis;
  body: ColumnType<Uint8Array, Uint8Array, never>;
}

export interface IdempotencyTable {
  tenant_id: string;
  environment: string;
  caller_id: string;
  method: string;
  route: string;
  idempotency_key: string;
  payload_digest: string;
  status: number;
  body: Json;
  headers: Json;
  created_at: Millis;
}

export type AuditTable = AuditRow;

export interface AuditHeadTable {
  tenant_id: string;
  seq: number;
  hash: string;
  /** Of the latest checkpoint; 0 before the first. */
  checkpoint_seq: number;
  checkpoint_at: Millis;
}

export interface AuditCheckpointTable {
  tenant_id: string;
  seq: number;
  hash: string;
  at: Millis;
  signature: string;
}

/** Facts about the installation as a whole. */
export interface InstallationTable {
  name: string;
  value: string;
}

export interface KeyPrefixTable {
  prefix: string;
  first_used_at: Millis;
}

interface KbItem extends RecordColumns {
  slug: string;
}

export interface KbCategoryTable extends KbItem {
  title: string;
  description: string | null;
  sort_order: number;
}

export interface KbSubcategoryTable extends KbCategoryTable {
  category_id: string;
}

export interface KbTagTable extends KbItem {
  name: string;
}

export interface KbArticleTable extends KbItem {
  title: string;
  summary: string | null;
  content: string;
  content_hash: string;
  category_id: string | null;
  subcategory_id: string | null;
  status: string;
  sort_order: number;
  reviewed_at: Millis | null;
  published_at: Millis | null;
  /** Who keeps the article: a folder that is pushed. Null for those made by hand. */
  source: string | null;
  /** PostgreSQL: what the full-text index knows of the article, written by the store. */
  search_vector?: Generated<unknown>;
}

export interface KbArticleTagTable {
  article_id: string;
  tag_id: string;
  /** Tags come back in the order they were given. */
  position: number;
}

export interface JobTable {
  id: string;
  tenant_id: string;
  environment: string;
  kind: string;
  state: string;
  payload: Json;
  /** Where the next step goes on; null before the first. */
  cursor: Json | null;
  done: number;
  total: number | null;
  /** Committed steps. */
  steps: number;
  /** How often it was begun. */
  attempts: number;
  /** Failures since the last committed step. */
  failures: number;
  /** When a worker may take it; of a running job that is the end of its lease. Null once it has ended. */
  due_at: Millis | null;
  worker: string | null;
  error: string | null;
  error_count: number;
  result: Json | null;
  created_by_kind: string;
  created_by: string;
  request_id: string | null;
  ip: string | null;
  created_at: Millis;
  started_at: Millis | null;
  ended_at: Millis | null;
}

export interface JobPartTable {
  job_id: string;
  stream: string;
  n: number;
  body: ColumnType<Uint8Array, Uint8Array, never>;
}

/** Parts that nobody needs from `due_at` on. */
export interface JobClearingTable {
  job_id: string;
  stream: string;
  due_at: Millis;
}

export interface CustomerTable extends RecordColumns {
  name: string;
  /** Normalised; null once the customer is anonymised. */
  email: string | null;
  metadata: Json;
  search_text: string;
  anonymized_at: Millis | null;
}

export interface ContactTable extends RecordColumns {
  customer_id: string | null;
  /** Normalised. */
  email: string | null;
  phone: string | null;
  name: string | null;
  custom_fields: Json;
  search_text: string;
}

export interface ProductTable extends RecordColumns {
  name: string;
  description: string | null;
  metadata: Json;
  search_text: string;
}

export interface LicenseTable extends RecordColumns {
  product_id: string;
  customer_id: string | null;
  license_key: string;
  activation_limit: number;
  /** How many rows `license_activations` has of it. */
  machines: number;
  is_suspended: Flag;
  revoked_at: Millis | null;
  expires_at: Millis | null;
  metadata: Json;
}

export interface LicenseActivationTable {
  id: string;
  license_id: string;
  machine_id: string;
  created_at: Millis;
}

export interface TelemetryRecordTable extends RecordColumns {
  customer_id: string | null;
  license_id: string | null;
  group_name: string | null;
  type: string | null;
  name: string | null;
  value: Json;
  is_flagged: Flag;
  flag_reason: string | null;
}

export interface TelemetryTotalTable {
  tenant_id: string;
  environment: string;
  /** Epoch ms of its 00:00 UTC. */
  day: Millis;
  /** Empty: flagged records without one. */
  group_name: string;
  /** Empty: nobody's. */
  customer_id: string;
  total: number;
  flagged: number;
}

export interface ConversationTable extends RecordColumns {
  customer_id: string | null;
  contact_id: string;
  direction: string;
  channel: string;
  subject: string;
  status: string;
  assignee_id: string | null;
  tags: Json;
  external_reference: string | null;
  /** How many rows `conversation_messages` has of it. */
  messages: number;
  /** Of them, how many came in. */
  messages_in: number;
  last_message_at: Millis | null;
  first_inbound_at: Millis | null;
  first_response_at: Millis | null;
  resolved_at: Millis | null;
  search_text: string;
}

export interface ConversationMessageTable {
  id: string;
  conversation_id: string;
  direction: string;
  content: string;
  author_kind: string;
  author_id: string;
  created_at: Millis;
}

/** Messages as they came, counted. */
export interface MessageTotalTable {
  tenant_id: string;
  environment: string;
  /** Epoch ms of its 00:00 UTC. */
  day: Millis;
  channel: string;
  /** Empty: nobody's. */
  customer_id: string;
  messages_in: number;
  messages_out: number;
  updated_at: Millis;
}

/** What `keys.customer_ids` says, the other way round. */
export interface KeyCustomerTable {
  customer_id: string;
  key_id: string;
}

export interface WebhookTable extends RecordColumns {
  name: string;
  url: string;
  /** Patterns: a type, all of a group, or all. */
  events: Json;
  is_active: Flag;
  /** Why Keyward switched it off; null where it did not. */
  disabled_reason: string | null;
  last_success_at: Millis | null;
  last_failure_at: Millis | null;
  /** Of the first failure since the last success; null where there is none. */
  failing_since: Millis | null;
  search_text: string;
}

export interface WebhookSecretTable {
  id: string;
  webhook_id: string;
  /** Encrypted: it is needed again to sign. */
  sealed: string;
  created_at: Millis;
  /** When it stops to sign; null for the current one. */
  ends_at: Millis | null;
}

export interface WebhookEventTable {
  id: string;
  tenant_id: string;
  environment: string;
  type: string;
  /** The body as it is sent, byte for byte. */
  payload: string;
  created_at: Millis;
}

export interface WebhookDeliveryTable {
  id: string;
  tenant_id: string;
  environment: string;
  webhook_id: string;
  event_id: string;
  type: string;
  state: string;
  /** How many are in `webhook_attempts`. */
  attempts: number;
  /** When it may be sent; while it is being sent, the end of the lease. Null once it has ended. */
  due_at: Millis | null;
  worker: string | null;
  /** The delivery that this one repeats. */
  replay_of: string | null;
  created_at: Millis;
  ended_at: Millis | null;
}

export interface WebhookAttemptTable {
  delivery_id: string;
  /** From 1. */
  n: number;
  at: Millis;
  /** Of the answer; null where there was none. */
  status: number | null;
  duration_ms: number;
  error: string | null;
  /** The beginning of the answer's body, masked. */
  answer: string | null;
}

export interface AlertTable extends RecordColumns {
  name: string;
  conditions: Json;
  /** A list, or JSON's null: all keys of the place. */
  key_ids: Json;
  channels: Json;
  group_minutes: number;
  /** An object, or JSON's null. */
  quiet: Json;
  notify_resolved: Flag;
  is_active: Flag;
}

/** What is so of a key and was not found to be over yet. */
export interface SignalTable {
  tenant_id: string;
  environment: string;
  key_id: string;
  /** Empty: of the place itself. */
  alert_id: string;
  code: string;
  since: Millis;
  /** Since when it is not so any more. */
  clear_since: Millis | null;
  /** Of the key. */
  name: string;
  cause: string;
  action: string;
}

export interface AlertNotificationTable {
  id: string;
  tenant_id: string;
  environment: string;
  alert_id: string;
  kind: string;
  state: string;
  /** When it is to be sent; while it is being sent, the end of the lease. Null once it has ended. */
  due_at: Millis | null;
  items: Json;
  /** With those that are not in `items`. */
  total: number;
  /** Addresses that have not got it yet. */
  recipients: Json;
  attempts: number;
  /** Of the first attempt. */
  began_at: Millis | null;
  error: string | null;
  created_at: Millis;
  ended_at: Millis | null;
}

/** Mails that were handed to the mail server in the last hour. */
export interface AlertMailTable {
  notification_id: string;
  tenant_id: string;
  at: Millis;
  mails: number;
}
