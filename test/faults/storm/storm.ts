import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { act } from './acts.ts';
import type { Hand, Reply, Tracked } from './tracked.ts';

export interface Storm {
  readonly tracked: readonly Tracked[];
  readonly counts: { done: number; refused: number; cut: number };
  /** Answers that no client should ever see. */
  readonly faults: readonly string[];
  /** Ends after the requests under way. */
  stop(): Promise<void>;
}

export interface StormSettings {
  /** Addresses of the controllers; each request goes to any of them. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly clients: number;
  /** Networks that all clients make ports on; the Nth has the subnet 10.N.0.0/24. */
  readonly networks: readonly string[];
  /** An external network that all take floating IPs from. */
  readonly outside: string;
  readonly hosts: readonly string[];
}

/** Starts clients that create, change and delete at random until they are stopped, whatever becomes of the controllers. */
export function startStorm({ urls, token, clients, networks, outside, hosts }: StormSettings): Storm {
  const tracked: Tracked[] = [];
  const faults: string[] = [];
  const counts = { done: 0, refused: 0, cut: 0 };
  const ending = new AbortController();
  const agent = new Agent({ keepAlive: true, maxSockets: clients });

  async function send(method: string, path: string, body?: object): Promise<Reply | undefined> {
    const url = urls[Math.floor(Math.random() * urls.length)] ?? '';
    const reply = await sendOnce(agent, { url: url + path, method, token, body });
    // A 503 may come after the commit was sent, just as a connection may be cut then.
    if (reply === undefined || reply.status === 503) {
      counts.cut += 1;
      await sleep(20);
      return undefined;
    }
    if (reply.status >= 500 || reply.status === 401)
      faults.push(`${method} ${path} ${JSON.stringify(body)} -> ${reply.status} ${JSON.stringify(reply.body)}`);
    counts[reply.status < 400 ? 'done' : 'refused'] += 1;
    return reply;
  }

  async function client(number: number): Promise<void> {
    const mine: Tracked[] = [];
    const keep = (one: Tracked): void => {
      mine.push(one);
      tracked.push(one);
    };
    for (let n = 0; !ending.signal.aborted; n++) {
      const hand: Hand = { name: `storm-${number}-${n}`, networks, outside, hosts, mine, send, keep };
      await act(hand);
    }
  }

  const running = Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return {
    tracked,
    counts,
    faults,
    async stop() {
      ending.abort();
      await running;
      agent.destroy();
    },
  };
}

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly token: string;
  readonly body: object | undefined;
}

/** Undefined when there was no whole answer. */
function sendOnce(agent: Agent, { url, method, token, body }: Sent): Promise<Reply | undefined> {
  const headers = { 'X-Auth-Token': token, 'Content-Type': 'application/json' };
  return new Promise((done) => {
    const outgoing = request(url, { agent, method, headers, timeout: 30_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => done(undefined));
      response.on('close', () => done(undefined));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        done({ status: response.statusCode ?? 0, body: text === '' ? {} : (JSON.parse(text) as Reply['body']) });
      });
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => done(undefined));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
