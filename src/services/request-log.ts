import type { Logger } from 'pino';
import type { KnownSecret } from '../core/policy.ts';
import { snapshotOf } from '../core/policy-snapshot.ts';
import { type TelemetryPlace, threadModule } from '../store/telemetry/open.ts';
import type { QueryThread } from '../store/telemetry/query-thread.ts';
import type { LoggedKey } from '../telemetry/record.ts';
import { RequestLog } from '../telemetry/request-log.ts';
import type { LimitKeeper } from './limit-keeper.ts';

function describeKey(secret: KnownSecret, withPolicy: boolean): LoggedKey {
  const { secretId, hint, policy } = secret;
  const { tenantId, environment, keyId, name, version, capture } = policy;
  return {
    tenantId,
    environment,
    keyId,
    keyName: name,
    version,
    secretId,
    hint,
    policy: withPolicy ? JSON.stringify(snapshotOf(secret)) : null,
    maskFields: capture?.maskFields ?? [],
  };
}

/** The request log of this server; its thread begins with the first record. */
export function openRequestLog(
  place: TelemetryPlace,
  telemetry: QueryThread,
  keeper: LimitKeeper,
  now: () => number,
  log: Logger,
): RequestLog<KnownSecret> {
  return new RequestLog({
    place,
    now,
    worker: threadModule('worker'),
    describe: describeKey,
    // After a kill, counters that were behind the log would let a key do more than the log says it did.
    before: () => keeper.writeAdmissions(),
    onState: (failure) => {
      if (failure !== null) {
        log.error(
          { event: 'log.failing', reason: failure },
          'The request log cannot be written: requests go on, and are counted',
        );
        return;
      }
      log.warn({ event: 'log.written' }, 'The request log is written again');
      // Where a damaged file was set aside, the readers still have the old one.
      telemetry.reopen();
    },
  });
}
