import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Config } from '../../config.ts';
import { isSafeForPeople } from '../../core/public-url.ts';
import { describeSettings } from '../settings.ts';
import { type Finding, fine, warn, wrong } from './finding.ts';

const oldestNode = [24, 2] as const;
const dayMs = 86_400_000;
const renewWithinDays = 21;

export function checkRuntime(): readonly Finding[] {
  const { node, sqlite } = process.versions;
  const [major, minor] = node.split('.').map(Number) as [number, number];
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  return [
    isOld
      ? wrong('runtime', `This is Node ${node}.`, `Install Node ${oldestNode.join('.')} or later.`)
      : fine('runtime', `Node ${node} with SQLite ${sqlite}.`),
  ];
}

export function checkSettings(): readonly Finding[] {
  const { settings, problems, unknown } = describeSettings();
  const bad = problems.map((problem) =>
    wrong('settings', problem, 'Mend it; keyward config shows where each setting comes from.'),
  );
  const odd = unknown.map((name) =>
    warn(
      'settings',
      `${name} is not a setting of Keyward, and is ignored.`,
      'Correct its name, or unset it.',
    ),
  );
  const set = settings.filter(({ isSet }) => isSet).length;
  return bad.length + odd.length > 0
    ? [...bad, ...odd]
    : [fine('settings', `${set} are set, and all can be used.`)];
}

export function checkPublicUrl({ publicUrl }: Config): readonly Finding[] {
  return [
    isSafeForPeople(publicUrl)
      ? fine('public address', `People can sign in at ${publicUrl}.`)
      : warn(
          'public address',
          `Nobody can sign in at ${publicUrl}: browsers keep the session cookie for https and localhost only.`,
          'Serve HTTPS (KEYWARD_TLS_CERT and KEYWARD_TLS_KEY, or a proxy) and set KEYWARD_PUBLIC_URL to it.',
        ),
  ];
}

export function checkCertificate({ tls, publicUrl }: Config, now = Date.now()): readonly Finding[] {
  if (tls === null) return [];
  let certificate: X509Certificate;
  let isItsKey: boolean;
  try {
    certificate = new X509Certificate(tls.cert);
    isItsKey = certificate.checkPrivateKey(createPrivateKey(tls.key));
  } catch {
    return [
      wrong(
        'certificate',
        'KEYWARD_TLS_CERT or KEYWARD_TLS_KEY cannot be read as a certificate and a private key.',
        'Give a PEM certificate chain and its unencrypted PEM key.',
      ),
    ];
  }
  const found: Finding[] = [];
  if (!isItsKey) {
    found.push(
      wrong(
        'certificate',
        'KEYWARD_TLS_KEY is not the key of KEYWARD_TLS_CERT.',
        'Give the two that belong together.',
      ),
    );
  }
  const hostname = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  const isFor = isIP(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname);
  if (isFor === undefined) {
    found.push(
      warn(
        'certificate',
        `The certificate is not for ${hostname}.`,
        'Get one for the host of KEYWARD_PUBLIC_URL.',
      ),
    );
  }
  return [...found, ...checkDates(certificate, now)];
}

function checkDates({ validFromDate, validToDate }: X509Certificate, now: number): readonly Finding[] {
  const end = validToDate.toISOString().slice(0, 10);
  if (validFromDate.getTime() > now) {
    const begin = validFromDate.toISOString();
    return [wrong('certificate', `The certificate counts from ${begin} only.`, 'Check the clock, or wait.')];
  }
  if (validToDate.getTime() <= now) {
    return [wrong('certificate', `The certificate expired on ${end}.`, 'Renew it, and restart Keyward.')];
  }
  const days = Math.floor((validToDate.getTime() - now) / dayMs);
  return [
    days < renewWithinDays
      ? warn(
          'certificate',
          `The certificate expires on ${end}, in ${days} days.`,
          'Renew it, and restart Keyward.',
        )
      : fine('certificate', `The certificate is good until ${end}.`),
  ];
}
