import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Flow, FlowRead, Stamp, Station } from './station.ts';
import { now } from './station.ts';

/** For the answers to the last records, on a busy machine. */
const ON_ITS_WAY_MS = 200;
const LONGEST_GAP_MS = 1000;

/** A flow between two stations, with what it is for messages. */
export interface Watched {
  readonly name: string;
  readonly flow: Flow;
  readonly kind: string;
  /** Where its records arrive; "tcp-pull": where they come from. */
  readonly server: Station;
}

/** Records that left from one time to another and came through: to the far end, whatever became of the answer. */
export async function through({ flow, kind, server }: Watched, from: number, to: number = Infinity): Promise<number> {
  const read = await flow.read();
  // Only the receiver of a pull knows when, and of "icmp" only the sender hears anything.
  if (kind === 'tcp-pull') return within(read.got, from, to).length;
  if (kind === 'tcp-push') return within(await server.seen(flow), from, to).length;
  return answered(kind === 'icmp' ? read : { ...read, got: await server.seen(flow) }, from, to);
}

/** Records that left from one time to another and are among those got. */
export function answered({ sent, got }: FlowRead, from: number, to: number): number {
  const all = new Set(got.map(([record]) => record));
  return within(sent, from, to).filter(([record]) => all.has(record)).length;
}

/** Records that left from one time to another without an answer. */
export function unanswered(read: FlowRead, from: number, to: number): number {
  return within(read.sent, from, to).length - answered(read, from, to);
}

/** Longest time between two records from one time to another, in milliseconds. */
export function longestGap(stamps: readonly Stamp[], from: number, to: number): number {
  const times = [from, ...within(stamps, from, to).map(([, at]) => at), to];
  return Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? at))) / 1e6;
}

function within(stamps: readonly Stamp[], from: number, to: number): Stamp[] {
  return stamps.filter(([, at]) => at >= from && at <= to);
}

/** From `since` (now, unless told) on nothing of these flows comes through, for so many milliseconds. */
export async function assertStopped(flows: readonly Watched[], ms: number, since: number = now()): Promise<void> {
  await sleep(ms);
  const to = now();
  for (const watched of flows) {
    const count = await through(watched, since, to);
    assert.equal(count, 0, `${watched.name}: ${count} records came through in the ${ms} ms after they were denied`);
  }
}

/** Everything that these flows send from now on is answered; a TCP connection may first wait for its retransmission timer. */
export async function assertFlowing(flows: readonly Watched[], ms: number): Promise<void> {
  const datagrams = flows.filter(({ kind }) => !kind.startsWith('tcp'));
  await unharmed(datagrams, () => sleep(ms));
  for (const watched of flows) if (!datagrams.includes(watched)) await assertMoving(watched);
}

/** Does something while none of these flows loses a record; a TCP connection may not even wait for a retransmission. */
export async function unharmed(flows: readonly Watched[], act: () => Promise<unknown>): Promise<void> {
  const from = now();
  await act();
  const to = now();
  await sleep(ON_ITS_WAY_MS);
  for (const { name, flow, kind, server } of flows) {
    if (kind.startsWith('tcp')) {
      const gap = longestGap(
        kind === 'tcp-pull' ? (await flow.read(from)).got : await server.seen(flow, from),
        from,
        to,
      );
      assert.ok(gap < LONGEST_GAP_MS, `${name}: nothing for ${gap} ms`);
    } else {
      const read = await flow.read(from);
      const lost = unanswered(read, from, to);
      assert.ok(read.sent.length > 0 && lost === 0, `${name}: ${lost} of ${read.sent.length} records were lost`);
    }
  }
}

/** Retransmission backs off up to this in the few seconds that a test keeps a connection cut. */
const TCP_PATIENCE_MS = 8000;

async function assertMoving(watched: Watched): Promise<void> {
  const from = now();
  for (const deadline = Date.now() + TCP_PATIENCE_MS; Date.now() < deadline; await sleep(50))
    if ((await through(watched, from)) > 0) return;
  const { error } = await watched.flow.read();
  assert.fail(`${watched.name}: the connection moves nothing for ${TCP_PATIENCE_MS} ms (${error ?? 'it is open'})`);
}
