import { Agent, request } from 'node:http';
import type { Credentials } from '@netloom/api/client/credentials';
import { openHttpClient } from '@netloom/api/client/http';

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** Sends requests of a load with as little work a request as Node allows. */
export interface LoadClient {
  send(method: string, path: string, body?: object): Promise<Reply>;
  close(): void;
}

/** `connections` are kept alive for request after request, unless `keepAlive` is false: then each request opens one of its own. */
export async function openLoadClient(
  credentials: Credentials,
  connections: number,
  keepAlive = true,
): Promise<LoadClient> {
  const login = await openHttpClient(credentials);
  const agent = new Agent({ keepAlive, maxSockets: connections });
  const { hostname, port } = new URL(login.networkUrl);
  const headers = { 'X-Auth-Token': login.token(), 'Content-Type': 'application/json' };
  return {
    send: (method, path, body) =>
      new Promise((done, fail) => {
        const payload = body === undefined ? undefined : JSON.stringify(body);
        const outgoing = request({ agent, hostname, port, method, path, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => done({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
          response.on('error', fail);
        });
        outgoing.on('error', fail);
        outgoing.end(payload);
      }),
    close: () => agent.destroy(),
  };
}

export interface Timing {
  readonly count: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Runs `work` `count` times, `clients` at once. */
export async function timeMany(count: number, clients: number, work: (i: number) => Promise<void>): Promise<Timing> {
  const times: number[] = [];
  let next = 0;
  const start = performance.now();
  const client = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const begin = performance.now();
      await work(i);
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { count, perSecond: count / seconds, p50: at(0.5), p99: at(0.99) };
}
