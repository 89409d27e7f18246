import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { categoriesPath } from './knowledge.ts';
import { cores, environment, freePort, startPinned, stop } from './process.ts';

const binary = 'nginx';

/** `nginx/1.22.1`, or null where it is not installed. */
export function nginxVersion(): string | null {
  try {
    // It writes its version to standard error.
    return (
      /nginx\/[\d.]+/.exec(execFileSync('sh', ['-c', `${binary} -v 2>&1`], { encoding: 'utf8' }))?.[0] ?? null
    );
  } catch {
    return null;
  }
}

/** Keys in a map, a limit for each of them, and a file with the same bytes as answer. */
function configuration(directory: string, port: number, secrets: readonly string[]): string {
  const keys = secrets.map((secret) => `"Bearer ${secret}" 1;`).join('\n');
  const isRoot = process.getuid?.() === 0;
  return `${isRoot ? 'user root;' : ''}
worker_processes 1;
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  keepalive_requests 1000000000;
  open_file_cache max=10;
  types { }
  default_type application/json;
  map_hash_bucket_size 256;
  map_hash_max_size 8192;
  map $http_authorization $is_known { default 0; ${keys} }
  limit_req_zone $http_authorization zone=keys:10m rate=100000r/s;
  server {
    listen 127.0.0.1:${port};
    root ${directory}/www;
    location = ${categoriesPath} {
      if ($is_known = 0) { return 401; }
      limit_req zone=keys burst=100000 nodelay;
      try_files /categories.json =404;
    }
  }
}
`;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not listen.');
}

export async function startNginx(directory: string, secrets: readonly string[], body: string) {
  mkdirSync(join(directory, 'www'), { recursive: true });
  writeFileSync(join(directory, 'www/categories.json'), body);
  const port = await freePort();
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, configuration(directory, port, secrets));
  const argv = [binary, '-p', directory, '-c', file];
  const child = startPinned(cores.measured, argv, {
    env: environment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await untilListening(port);
  return { port, pid: child.pid!, stop: () => stop(child) };
}
