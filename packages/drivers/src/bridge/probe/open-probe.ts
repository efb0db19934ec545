import { setTimeout as delay } from 'node:timers/promises';
import { probeFrame } from '@netloom/core/trace/live/probe-frame';
import type { Probe, ProbeWanted } from '../../driver.ts';
import { driverError } from '../../errors.ts';
import type { Commander } from '../commander.ts';
import { NETNS_FOLDER, namespaceIdentity } from '../namespace-identity.ts';
import { type Injector, openInjector } from './injector.ts';
import { addFence, fenceIn, probeTable, probeTableName } from './probe-table.ts';
import { readTraceLine, type TraceEvent } from './read-trace.ts';
import { sightingsOf } from './sightings.ts';

export interface ProbePlace {
  readonly commander: Commander;
  readonly namespace: string;
}

/** Milliseconds between looks at what a process has said. */
const LOOK = 5;
/**
 * Milliseconds from the start of a monitor to its first fence, and then twice as long from each to the next: a monitor that reads the
 * rules begins anew when anything in nftables changes meanwhile.
 */
const FIRST_FENCE = 30;
/** Milliseconds after which a monitor that says nothing counts as broken: it reads all of nftables before its first word. */
const PATIENCE = 15_000;

/**
 * Has the kernel trace a packet and follows it. Everything that this puts on the host belongs to a process which dies with this one.
 * Rejects with BRIDGE_PROBE_WATCH, and the signal's reason.
 */
export async function openProbe(place: ProbePlace, wanted: ProbeWanted, signal: AbortSignal): Promise<Probe> {
  const { commander, namespace } = place;
  const { id, packet, tables } = wanted;
  if ((await namespaceIdentity(namespace)) === undefined)
    throw driverError('BRIDGE_PROBE_WATCH', { reason: 'this host carries no network' });
  const inside = ['nsenter', `--net=${NETNS_FOLDER}/${namespace}`, '--'];
  const events: TraceEvent[] = [];
  const refusals: string[] = [];
  let fence = 0;
  let seen = 0;
  let made = false;
  await using opened = new AsyncDisposableStack();
  const nft = commander.follow([...inside, 'sh', '-c', 'exec nft -i 2>&1'], (line) => {
    // Behind a prompt; where commands are echoed, "add table" is not the table.
    if (line.replace(/^(?:nft> )+/, '').startsWith(`table bridge ${probeTableName(id)} {`)) made = true;
    else if (line.includes('Error: ')) refusals.push(line);
  });
  opened.defer(() => nft.stop());
  const until = async (done: () => boolean, again?: () => void): Promise<void> => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    while (!done()) {
      again?.();
      await delay(LOOK, undefined, { signal: patience }).catch(() => undefined);
      signal.throwIfAborted();
      if (patience.aborted || refusals.length > 0)
        throw driverError('BRIDGE_PROBE_WATCH', { reason: refusals.join(' ') || 'nft says nothing' });
    }
  };
  nft.write(`${probeTable(id, packet)}\nlist table bridge ${probeTableName(id)}\n`);
  await until(() => made);
  // After the table, so that it knows the rules by their text.
  const monitor = commander.follow([...inside, 'nft', 'monitor'], (line) => {
    const event = readTraceLine(line);
    if (event) events.push(event);
    seen = Math.max(seen, fenceIn(line, id) ?? 0);
  });
  opened.defer(() => monitor.stop());
  /** Settles when everything that the kernel has said so far has been read; `wait` is for the first fence. */
  const caughtUp = async (wait: number): Promise<void> => {
    const before = fence;
    let due = Date.now() + wait;
    let next = FIRST_FENCE;
    await until(
      () => seen > before,
      () => {
        if (Date.now() < due) return;
        due = Date.now() + next;
        next *= 2;
        fence += 1;
        nft.write(`${addFence(id, fence)}\n`);
      },
    );
  };
  await caughtUp(FIRST_FENCE);
  let injector: Injector | undefined;
  const open = opened.move();
  return {
    async send(device) {
      injector ??= open.use(
        await openInjector({ commander, namespace, device, helper: `nlp${id.slice(0, 12)}` }, signal),
      );
      await injector.send(probeFrame(packet));
    },
    async sightings() {
      await caughtUp(0);
      return sightingsOf(events, id, tables);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
