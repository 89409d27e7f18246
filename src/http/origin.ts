import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { normalizeIp } from '../core/cidr.ts';
import { clientAddress } from '../core/client-address.ts';
import { type Environment, environmentOfHost, type HostRule } from '../core/environments.ts';

const maxHosts = 1_000;

/** Where a request comes from and which environment its host means. */
export interface Origin {
  addressOf(request: FastifyRequest): string;
  environmentOf(request: FastifyRequest): Environment;
}

export function createOrigin(rules: readonly HostRule[], isTrustedProxy: (ip: string) => boolean): Origin {
  const addresses = new WeakMap<Socket, string>();
  const hosts = new Map<string, Environment>();
  let last: { host: string; port: number | undefined; environment: Environment } | undefined;
  const peerOf = (socket: Socket): string => {
    let peer = addresses.get(socket);
    if (peer === undefined) {
      peer = normalizeIp(socket.remoteAddress ?? '') ?? '0.0.0.0';
      addresses.set(socket, peer);
    }
    return peer;
  };
  return {
    addressOf(request) {
      const peer = peerOf(request.socket);
      const forwarded = request.headers['x-forwarded-for'];
      if (forwarded === undefined) return peer;
      return clientAddress(peer, Array.isArray(forwarded) ? forwarded.join(',') : forwarded, isTrustedProxy);
    },
    environmentOf(request) {
      const host = request.headers.host ?? '';
      const port = request.socket.localPort;
      // Nearly always the same one: to compare is quicker than to build the name and to hash it.
      if (last !== undefined && last.host === host && last.port === port) return last.environment;
      const name = `${host}\n${port}`;
      let environment = hosts.get(name);
      if (environment === undefined) {
        environment = environmentOfHost(host, [...rules], port);
        if (hosts.size < maxHosts) hosts.set(name, environment);
      }
      last = { host, port, environment };
      return environment;
    },
  };
}
