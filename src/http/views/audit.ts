import { toTimestamp } from '../../contract/common.ts';
import type { AuditRow } from '../../core/audit-chain.ts';
import { jsonOf } from '../../core/audit-export.ts';

export function presentAuditEntry(row: AuditRow) {
  return {
    id: row.id,
    seq: row.seq,
    at: toTimestamp(row.at),
    environment: row.environment,
    actor: { type: row.actor_type, id: row.actor_id },
    action: row.action,
    targetId: row.target_id,
    before: jsonOf(row.before),
    after: jsonOf(row.after),
    requestId: row.request_id,
    ip: row.ip,
  };
}
