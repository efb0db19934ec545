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

/** Milliseconds between fences put up until one is seen. */
const FENCE_EVERY = 50;
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
  const words: string[] = [];
  let fence = 0;
  let seen = 0;
  let made = false;
  await using opened = new AsyncDisposableStack();
  const nft = commander.follow([...inside, 'sh', '-c', 'exec nft -i 2>&1'], (line) => {
    if (line.includes(`table bridge ${probeTableName(id)} {`)) made = true;
    else words.push(line);
  });
  opened.defer(() => nft.stop());
  const until = async (done: () => boolean, again?: () => void): Promise<void> => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    while (!done()) {
      again?.();
      await delay(FENCE_EVERY / 5, undefined, { signal: patience }).catch(() => undefined);
      signal.throwIfAborted();
      if (patience.aborted) throw driverError('BRIDGE_PROBE_WATCH', { reason: words.join(' ') || 'nft says nothing' });
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
  /** Settles when everything that the kernel has said so far has been read. */
  const caughtUp = async (): Promise<void> => {
    const from = fence;
    let last = 0;
    await until(
      () => seen > from,
      () => {
        // The first may come before the monitor listens.
        if (Date.now() - last < FENCE_EVERY) return;
        last = Date.now();
        fence += 1;
        nft.write(`${addFence(id, fence)}\n`);
      },
    );
  };
  await caughtUp();
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
      await caughtUp();
      return sightingsOf(events, id, tables);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
