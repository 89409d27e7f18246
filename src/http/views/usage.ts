import { toTimestamp } from '../../contract/common.ts';
import type { AccessAdvice } from '../../services/keys/access-advisor.ts';
import type { RotationProgress } from '../../services/keys/rotation.ts';
import type { UsageReport } from '../../services/usage.ts';

export function presentUsage({ range, usage, callers, lastUsedAt }: UsageReport) {
  return {
    from: toTimestamp(range.from),
    to: toTimestamp(range.to),
    interval: range.interval,
    series: usage.series.map(({ at, ...counts }) => ({ at: toTimestamp(at), ...counts })),
    byEndpoint: usage.byEndpoint,
    byStatus: usage.byStatus,
    latency: usage.latency,
    callers: callers?.map(presentCaller),
    lastUsedAt: toTimestamp(lastUsedAt),
  };
}

function presentCaller(caller: NonNullable<UsageReport['callers']>[number]) {
  return { ...caller, lastSeenAt: toTimestamp(caller.lastSeenAt) };
}

export function presentAdvice({ from, to, scopes, ...rest }: AccessAdvice) {
  return {
    from: toTimestamp(from),
    to: toTimestamp(to),
    scopes: scopes.map((use) => ({ ...use, lastUsedAt: toTimestamp(use.lastUsedAt) })),
    ...rest,
  };
}

export function presentRotation({ retiring, current, mayRetireNow }: RotationProgress) {
  return {
    retiring: retiring && {
      ...retiring,
      endsAt: toTimestamp(retiring.endsAt),
      lastUsedAt: toTimestamp(retiring.lastUsedAt),
      callers: retiring.callers?.map(presentCaller),
    },
    current: current && { ...current, lastUsedAt: toTimestamp(current.lastUsedAt) },
    mayRetireNow,
  };
}
