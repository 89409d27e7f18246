import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Config } from '../../config.ts';
import { inspectPostgres, isDirectoryLocked } from '../../store/inspect.ts';
import { printable } from '../output.ts';
import { type Finding, fine, warn, wrong } from './finding.ts';

const patienceMs = 2_000;
const largestAnswer = 10_000;

/** Where a server of these settings can be reached from this machine. */
function addressOf({ KEYWARD_BIND: bind }: Config): string {
  if (bind === '0.0.0.0' || bind === 'localhost') return '127.0.0.1';
  return bind === '::' ? '::1' : bind;
}

/** The lock says whether a server runs, the port who answers: only together they tell what is wrong. */
export async function checkServer(config: Config): Promise<readonly Finding[]> {
  const holder = await findHolder(config);
  const { KEYWARD_PORT: port } = config;
  if (port === 0) {
    return [fine('server', holder ? `A Keyward is running (${holder}).` : 'No server is running.')];
  }
  const host = addressOf(config);
  const where = `${host} port ${port}`;
  const version = await askVersion(config, host);
  if (version !== null) {
    if (holder) return [fine('server', `Keyward ${version} is running and answers on ${where}.`)];
    const message = `A Keyward that works on other data answers on ${where}.`;
    return [wrong('server', message, 'Stop it, or set KEYWARD_PORT or KEYWARD_DATA_DIR to another one.')];
  }
  const isTaken = await isListening(host, port);
  if (holder) {
    const message = isTaken
      ? `A Keyward is running (${holder}), but what answers on ${where} is something else.`
      : `A Keyward is running (${holder}), but nothing answers on ${where}.`;
    return [
      warn('server', message, 'It may be a command at work, or have another KEYWARD_PORT or KEYWARD_BIND.'),
    ];
  }
  if (!isTaken) return [fine('server', `No server is running, and ${where} is free.`)];
  const message = `Another program has ${where}.`;
  return [wrong('server', message, 'Stop that program, or set KEYWARD_PORT to another port.')];
}

async function findHolder(config: Config): Promise<string | null> {
  const url = config.KEYWARD_DATABASE_URL;
  if (url === undefined)
    return isDirectoryLocked(config.dataDirectory) ? 'it holds the data directory' : null;
  // That it cannot be reached is said by the check of the database.
  const state = await inspectPostgres(url).catch(() => null);
  if (!state?.holder) return null;
  const { from, since } = state.holder;
  return `it holds the database, from ${from}, since ${new Date(since).toISOString()}`;
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: patienceMs });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}

/** The version that `/healthz` tells, or null where it is not a Keyward that answers. */
function askVersion(config: Config, host: string): Promise<string | null> {
  const send = config.tls ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    // Who it is matters here, not whether its certificate is trusted: that is another check.
    const options = { host, port: config.KEYWARD_PORT, path: '/healthz', timeout: patienceMs, agent: false };
    const asked = send({ ...options, rejectUnauthorized: false } as typeof options, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
        if (text.length > largestAnswer) answer.destroy();
      });
      answer.on('close', () => resolve(versionIn(text)));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
    asked.on('close', () => resolve(null));
    asked.end();
  });
}

function versionIn(text: string): string | null {
  try {
    const { status, version } = JSON.parse(text) as Record<string, unknown>;
    return status === 'ok' && typeof version === 'string' ? printable(version).slice(0, 40) : null;
  } catch {
    return null;
  }
}
