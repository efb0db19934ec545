import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { TestLab } from './open-lab.ts';

const PROGRAM = readFileSync(join(import.meta.dirname, 'station.py'), 'utf8');

/** Number of a record of a flow, and when (nanoseconds of the machine's monotonic clock, as `now` gives). */
export type Stamp = readonly [record: number, at: number];

export interface FlowSpec {
  /**
   * "udp-fresh": each record from a port of its own. "icmp": all with one identifier. "tcp-pull": the other end sends;
   * "tcp-push": this one does.
   */
  readonly kind: 'udp' | 'udp-fresh' | 'icmp' | 'tcp-pull' | 'tcp-push';
  readonly to: string;
  readonly port?: number;
  readonly from?: string;
  readonly fromPort?: number;
  readonly intervalMs: number;
  /** Bytes of a record, 16 or more; of "udp" and "icmp" only. */
  readonly size?: number;
}

export interface FlowRead {
  readonly sent: readonly Stamp[];
  /** Answers, or of "tcp-pull" what the other end sent. */
  readonly got: readonly Stamp[];
  readonly error: string | null;
}

export interface Flow {
  /** Unique in this test process: the other end's `seen` takes it. */
  readonly number: number;
  read(since?: number): Promise<FlowRead>;
  stop(): Promise<void>;
}

/** Sends and counts packets in a place of a lab. */
export interface Station {
  /** Takes the records of flows on a port from now on; UDP ones are sent back. */
  serve(protocol: 'udp' | 'tcp', port: number): Promise<void>;
  start(spec: FlowSpec): Promise<Flow>;
  /** Records of a flow from elsewhere that arrived here. */
  seen(flow: Flow, since?: number): Promise<readonly Stamp[]>;
  /** Counts the marked frames that a device gets from now on. */
  watch(device: string): Promise<void>;
  /** Counts frames that are exactly these as if they were marked, with their place in the list. */
  expect(frames: readonly string[]): Promise<void>;
  /** Marked frames got so far, by mark. */
  marks(): Promise<ReadonlyMap<number, number>>;
  /** Sends frames (in hexadecimal), each `count` times; gives how many the device took. */
  raw(request: { device: string; frames: readonly string[]; count: number; intervalMs: number }): Promise<number>;
  /** One datagram from each source port to each target port. */
  many(request: { to: string; firstPort: number; ports: number; targetPort: number; targets: number }): Promise<void>;
  /** Ends it with all its flows. */
  end(): void;
}

/** Now, on the clock of all stations. */
export function now(): number {
  return Number(process.hrtime.bigint());
}

let flows = 0;

/** Starts a station by a command that leads to its place (none for the place itself); it ends with the test. */
export async function openStation(t: TestContext, lab: TestLab, place: string, ...way: string[]): Promise<Station> {
  const child = await lab.start(place, ...way, 'python3', '-c', PROGRAM);
  t.after(() => child.kill('SIGKILL'));
  const waiting = new Map<number, (response: { result?: unknown; error?: string }) => void>();
  let requests = 0;
  let words = '';
  let over = false;
  child.stderr.on('data', (chunk) => (words += chunk));
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const response = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    waiting.get(response.id)?.(response);
    waiting.delete(response.id);
  });
  child.once('close', () => {
    over = true;
    for (const settle of waiting.values()) settle({ error: `the station of ${place} has ended: ${words}` });
  });
  const ask = async <T>(op: string, request: object = {}): Promise<T> => {
    const id = requests++;
    const { promise, resolve } = Promise.withResolvers<{ result?: unknown; error?: string }>();
    waiting.set(id, resolve);
    if (over) throw new Error(`the station of ${place} has ended: ${words}`);
    child.stdin.write(`${JSON.stringify({ id, op, ...request })}\n`);
    const { result, error } = await promise;
    if (error !== undefined) throw new Error(`${op} at ${place}: ${error}`);
    return result as T;
  };
  return {
    serve: (protocol, port) => ask('serve', { protocol, port }),
    async start(spec) {
      const flow = ++flows;
      await ask('start', { flow, port: 0, ...spec });
      return {
        number: flow,
        read: (since = 0) => ask('read', { flow, since }),
        stop: () => ask('stop', { flow }),
      };
    },
    seen: (flow, since = 0) => ask('seen', { flow: flow.number, since }),
    watch: (device) => ask('watch', { device }),
    expect: (frames) => ask('expect', { frames }),
    async marks() {
      const marks = await ask<Record<string, number>>('marks');
      return new Map(Object.entries(marks).map(([which, count]) => [Number(which), count]));
    },
    raw: (request) => ask('raw', request),
    many: (request) => ask('many', request),
    end: () => void child.stdin.end(),
  };
}
