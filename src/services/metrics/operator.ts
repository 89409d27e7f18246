import type { Limiter } from '../../limiter/limiter.ts';
import { MemoryLimiter } from '../../limiter/memory.ts';
import { countJobs } from '../../store/jobs.ts';
import { auditHeads } from '../../store/probe.ts';
import type { App } from '../app.ts';
import { checkNames, readinessOf } from '../health.ts';
import { counter, type Family, gauge, type Sample } from './exposition.ts';
import { LoopDelay, processFamilies } from './process.ts';
import { webhookFamilies } from './webhooks.ts';

/** There is one loop. It is watched from the first scrape on. */
let loopDelay: LoopDelay | undefined;

function buildInfo({ database }: App, version: string): Family {
  const labels = { version, node: process.versions.node, database: database.dialect.name };
  return gauge('keyward_build_info', 'What runs here; always 1.', [{ labels, value: 1 }]);
}

function limiterFamilies({ limiter, refusals, guard }: App): Family[] {
  const named = Object.entries<Limiter>({ requests: limiter, refusals }).flatMap(([name, one]) =>
    one instanceof MemoryLimiter ? [{ labels: { limiter: name }, one }] : [],
  );
  const decisions = [...guard.decisions].map(([decision, value]) => ({ labels: { decision }, value }));
  const groups = named.map(({ labels, one }) => ({ labels, value: one.size }));
  const bytes = named.map(({ labels, one }) => ({ labels, value: one.windowBytes }));
  return [
    counter('keyward_guard_decisions_total', 'What the guard decided, by code.', decisions),
    gauge('keyward_limiter_groups', 'Groups whose windows are held in memory.', groups),
    gauge('keyward_limiter_window_bytes', 'Memory of these windows.', bytes),
  ];
}

function memoryFamilies({ policies, keeper, uses }: App): Family[] {
  const { batches, days, isFailing } = keeper.waiting;
  return [
    gauge(
      'keyward_cached_secrets',
      'Secrets that are looked up in memory, those of keys and those of nobody.',
      [
        { labels: { cache: 'known' }, value: policies.size },
        { labels: { cache: 'unknown' }, value: policies.unknownSize },
      ],
    ),
    gauge('keyward_journal_batches_waiting', 'Batches of admissions that are not written yet.', batches),
    gauge('keyward_day_counters_waiting', 'Day counters that are not written yet.', days),
    gauge('keyward_limits_failing', '1 while limits cannot be written.', isFailing ? 1 : 0),
    gauge('keyward_last_uses_waiting', 'Secrets whose last use is not written yet.', uses.pending),
  ];
}

function storeFamilies({ database }: App): Family[] {
  const { transactions, commits, waiting, connections } = database.counts();
  const ofState = (state: string, value: number): Sample => ({ labels: { state }, value });
  return [
    counter('keyward_store_transactions_total', 'Transactions that were begun.', transactions),
    counter('keyward_store_commits_total', 'Commits: embedded, several transactions share one.', commits),
    gauge(
      'keyward_store_waiting',
      'Transactions, or with PostgreSQL users of a connection, that wait.',
      waiting,
    ),
    gauge(
      'keyward_store_connections',
      'Connections to PostgreSQL.',
      connections ? [ofState('busy', connections.busy), ofState('idle', connections.idle)] : [],
    ),
  ];
}

function logFamilies({ requestLog }: App): Family[] {
  if (requestLog === null) return [];
  const { written, waiting, sampled, dropped, uncounted, failure } = requestLog.counts;
  const total = (name: string, help: string, value: number) =>
    counter(`keyward_log_records_${name}_total`, help, value);
  return [
    total('written', 'Records of the request log that were written.', written),
    total('sampled', 'Refusals without a known key that were counted and not recorded.', sampled),
    total(
      'dropped',
      'Other requests that were counted and not recorded: the database was too slow.',
      dropped,
    ),
    total('uncounted', 'Requests that were not even counted.', uncounted),
    gauge('keyward_log_records_waiting', 'Records that are not written yet.', waiting),
    gauge('keyward_log_failing', '1 while the request log cannot be written.', failure === null ? 0 : 1),
  ];
}

async function checkFamilies(app: App): Promise<Family[]> {
  const { checks, diskFreeBytes } = await readinessOf(app);
  const states = checkNames.map((check) => ({
    labels: { check },
    value: checks[check].state === 'ok' ? 1 : 0,
  }));
  return [
    gauge('keyward_check_ok', 'Whether all is well, by check of /readyz.', states),
    gauge('keyward_store_up', 'Whether the database answers.', checks.database.state === 'ok' ? 1 : 0),
    ...(diskFreeBytes === null ? [] : [gauge('keyward_data_free_bytes', 'Room for data.', diskFreeBytes)]),
    ...(checks.database.state === 'ok'
      ? [...(await auditFamilies(app)), ...(await jobFamilies(app)), ...(await webhookFamilies(app))]
      : []),
  ];
}

function alertFamilies({ alerts }: App): Family[] {
  const { open, outcomes } = alerts.counts;
  const ended = [...outcomes].map(([outcome, value]) => ({ labels: { outcome }, value }));
  return [
    gauge('keyward_signals_open', 'Flags and limits of keys that are open, as of the last look.', open),
    counter(
      'keyward_alert_notifications_total',
      'Notifications of alerts that ended, or are to be tried again, by outcome.',
      ended,
    ),
  ];
}

/** Heads that fall are heads that were cut off. */
async function auditFamilies({ database }: App): Promise<Family[]> {
  const heads = await auditHeads(database.read).catch(() => null);
  if (heads === null) return [];
  return [
    gauge('keyward_audit_chains', 'Audit chains, one a tenant.', heads.chains),
    counter('keyward_audit_entries_total', 'Entries of all audit chains, by their heads.', heads.entries),
  ];
}

const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

async function jobFamilies({ database, clock }: App): Promise<Family[]> {
  const counts = await countJobs(database.read).catch(() => null);
  if (counts === null) return [];
  const { byState, oldestDueAt } = counts;
  const waitedMs = oldestDueAt === null ? 0 : Math.max(0, clock.wallMs() - oldestDueAt);
  return [
    gauge(
      'keyward_jobs',
      'Jobs by state; those that have ended are kept for a time.',
      jobStates.map((state) => ({ labels: { state }, value: byState.get(state) ?? 0 })),
    ),
    gauge(
      'keyward_jobs_waiting_seconds',
      'For how long the job has waited that has been due longest.',
      waitedMs / 1_000,
    ),
  ];
}

/** The installation as a whole: nothing of it names a tenant, a key, an address or a path. */
export async function operatorFamilies(app: App, version: string): Promise<Family[]> {
  loopDelay ??= new LoopDelay();
  return [
    buildInfo(app, version),
    ...app.requests.families(),
    ...limiterFamilies(app),
    ...memoryFamilies(app),
    ...storeFamilies(app),
    ...logFamilies(app),
    ...alertFamilies(app),
    ...(await checkFamilies(app)),
    loopDelay.family(),
    ...processFamilies(),
  ];
}
