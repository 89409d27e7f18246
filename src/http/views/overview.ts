import { toTimestamp } from '../../contract/common.ts';
import type { Overview, OverviewItem } from '../../services/overview.ts';
import type { Survey } from '../../services/survey.ts';

/** A share between 0 and 1 with four digits, which are a hundredth of a per cent. */
function rateOf(errors: number, requests: number): number {
  return requests === 0 ? 0 : Math.round((errors / requests) * 10_000) / 10_000;
}

function presentItem({ key, status, requests, errors, sparkline, flags }: OverviewItem) {
  return {
    id: key.id,
    name: key.name,
    status,
    requests24h: requests,
    errorRate24h: rateOf(errors, requests),
    sparkline,
    lastUsedAt: toTimestamp(key.last_used_at),
    flags,
  };
}

function presentTotals({ at, keys, active, requests, errors, flags, flagged }: Survey) {
  return {
    keys,
    active,
    requests24h: requests,
    errorRate24h: rateOf(errors, requests),
    flagged: flagged.length,
    flags,
    countedAt: toTimestamp(at),
  };
}

export function presentOverview({ totals, items, nextCursor }: Overview) {
  return { totals: totals && presentTotals(totals), data: items.map(presentItem), nextCursor };
}
