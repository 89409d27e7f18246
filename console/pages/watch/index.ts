export { AuditLogPage } from './audit-log.tsx';
export { JobPage } from './job.tsx';
export { JobsPage } from './jobs.tsx';
export { LogsPage } from './logs.tsx';
export { OverviewPage } from './overview.tsx';
