import type { Deviation, Silence } from './flag-history.ts';
import type { DayCounts } from './flags.ts';

interface Text {
  readonly cause: string;
  readonly action: string;
}

const dayMs = 86_400_000;

/** With one digit behind the point where it says something. */
const figure = (value: number) =>
  (value < 100 ? Math.round(value * 10) / 10 : Math.round(value)).toLocaleString('en-US');
const plural = (value: number, noun: string) => `${figure(value)} ${noun}${value === 1 ? '' : 's'}`;
const percent = (share: number) => `${figure(share * 100)} %`;
const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const hourOf = (ms: number) => `${dateOf(ms)} ${new Date(ms).toISOString().slice(11, 16)} UTC`;
const daysSince = (ms: number, now: number) => plural(Math.floor((now - ms) / dayMs), 'day');

export function errorRate(isActive: boolean, counts: DayCounts, rate: number): Text {
  const { total, clientError, rateLimited, serverError } = counts;
  const kinds = [
    ...(clientError > 0 ? [`${figure(clientError)} refused or wrong (4xx)`] : []),
    ...(rateLimited > 0 ? [`${figure(rateLimited)} over the limit (429)`] : []),
    ...(serverError > 0 ? [`${figure(serverError)} failed here (5xx)`] : []),
  ];
  return {
    cause: `${percent(rate)} of ${figure(total)} requests in the last 24 hours were errors: ${kinds.join(', ')}.`,
    action: isActive ? errorAction(counts) : inactiveAction,
  };
}

const inactiveAction =
  'The key is not active and is still being sent: the request log says from which addresses. Give those consumers another key, or activate this one again if it ended by mistake.';

function errorAction({ clientError, rateLimited, serverError }: DayCounts): string {
  if (serverError >= clientError && serverError >= rateLimited) {
    return 'Look for the 5xx of this key in the request log: the fault is on the side of the API.';
  }
  if (rateLimited >= clientError) {
    return 'Ask the consumer to keep to Retry-After and to spread its requests, or give the key a higher limit.';
  }
  return 'Look for the 4xx of this key in the request log and let one be explained: it says what would admit the request.';
}

export function neverUsed(createdAt: number, now: number, days: number): Text {
  return {
    cause: `Created on ${dateOf(createdAt)}, ${daysSince(createdAt, now)} ago, and never used; that is looked at after ${plural(days, 'day')}.`,
    action: 'Ask whoever created it whether it is still wanted. Delete it if not: nothing depends on it.',
  };
}

export function unused(lastUsedAt: number, now: number, days: number): Text {
  return {
    cause: `Last used on ${dateOf(lastUsedAt)}, ${daysSince(lastUsedAt, now)} ago; that is looked at after ${plural(days, 'day')}.`,
    action: 'Ask its owner whether it is still needed. Revoke it if not: it can be activated again.',
  };
}

export function silent({ hours, expected, longestPause }: Silence, lastUse: number): Text {
  const since = `No request for ${plural(hours, 'hour')}, since the hour of ${hourOf(lastUse)}`;
  return {
    cause:
      expected === null
        ? `${since}; its longest pause before was ${plural(longestPause, 'hour')}.`
        : `${since}; in ${figure(expected)} of these hours it was used in each of the four weeks before.`,
    action:
      'Ask its owner whether the consumer still runs, and whether it was given another key. Revoke this one if so.',
  };
}

export function spike({ hours, requests, usual }: Deviation, at: number): Text {
  const when = hours === 1 ? `in the hour of ${hourOf(at)}` : 'in the last 24 hours';
  const times = usual === 0 ? '' : `, ${figure(requests / usual)} times as many`;
  return {
    cause: `${plural(requests, 'request')} ${when}, where at most ${figure(usual)} are usual${times}.`,
    action:
      'See in its usage which addresses and endpoints they came from. Revoke the key if nobody can explain them: it can be activated again.',
  };
}

export function dip({ requests, usual }: Deviation, end: number): Text {
  return {
    cause: `${plural(requests, 'request')} in the 24 hours until ${hourOf(end)}, where ${figure(usual)} are usual at this time of the week: ${percent(requests / usual)}.`,
    action:
      'Ask its owner whether the consumer is well: a part of it may have stopped, or still have an old secret.',
  };
}

export function rotationDue(secretCreatedAt: number, now: number, days: number): Text {
  return {
    cause: `Its secret was made on ${dateOf(secretCreatedAt)}, ${daysSince(secretCreatedAt, now)} ago; rotation is due after ${plural(days, 'day')}.`,
    action: 'Rotate it: the old secret goes on working for a grace, and you can see who still uses it.',
  };
}

export function expiresSoon(expiresAt: number, now: number): Text {
  const left = expiresAt - now;
  const inTime = left < dayMs ? 'in less than a day' : `in ${plural(Math.floor(left / dayMs), 'day')}`;
  return {
    cause: `It expires on ${hourOf(expiresAt)}, ${inTime}.`,
    action: 'Move its expiry, or see that its consumers have another key by then.',
  };
}

export function inheritsAllScopes(scopes: number): Text {
  return {
    cause: `No scope was chosen, so it has all ${figure(scopes)} that keys may inherit.`,
    action: 'Ask the access advisor which ones it used, and replace it by a key with those.',
  };
}
