import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tapName } from '@netloom/core/net/device';
import { pino } from 'pino';
import { openRealize, type Realize } from '../../../packages/controller/src/realize/realize.ts';
import { openStore } from '../../../packages/controller/src/store/postgres-store.ts';
import { startTestServer } from '../../../packages/controller/test/support/database.ts';
import { type EmulatedHost, emulateHost, sh } from '../../../packages/drivers/test/emulated-host.ts';
import type { Speaker } from '../filter/hosts.ts';
import { frame } from '../filter/measure.ts';
import { PACKET_PORT } from '../filter/policy.ts';
import { sendEvery, WATCHED } from '../revoke/flows.ts';
import { startAgent } from '../revoke/start-agent.ts';
import { now, watchFlows } from '../revoke/watch-flows.ts';
import { fillMembers, JOINING, type Placed, SERVER, setMember } from './member-cloud.ts';

/** One change of the membership, times in milliseconds since the commit. */
export interface Joining {
  /** First packet that passed, or the last one when it left. */
  readonly packet: number;
  /** Applied on every host, as the API tells it. */
  readonly everywhere: number;
  /** Of all hosts together. */
  readonly bytes: number;
  readonly rows: number;
}

export interface JoinOptions {
  readonly hosts: number;
  readonly members: number;
  readonly trials: number;
  readonly folder: string;
}

const SETTLED_MS = 150;

/**
 * Lets a port join a large group and leave it again: one host is a real agent with the bridge driver, where packets of the joiner
 * are seen to pass, all others are real agents that count their members, in a process of their own.
 */
export async function joinGroup({ hosts, members, trials, folder }: JoinOptions) {
  const store = await openStore({ url: await startTestServer() });
  const host = await emulateHost();
  const names = [host.name, ...Array.from({ length: hosts - 1 }, (_, i) => `m${i + 1}`)];
  await fillMembers(store, { hosts: names, members });
  const controller = `unix:${join(folder, 'link')}`;
  const hub = await openRealize({ store, secret: randomBytes(32), listen: [controller], log: pino({ level: 'warn' }) });
  const agents = fork(new URL('counting-agents.ts', import.meta.url), [controller, folder]);
  agents.send(names.slice(1).map((name) => hub.keys.textOf(name, 1)));
  const server = await plug(host, SERVER);
  const joiner = await plug(host, JOINING);
  await startAgent(host, { key: hub.keys.textOf(host.name, 1), controller, folder });
  await applied(hub, hub.revision);

  const watcher = await watchFlows([joiner, server], WATCHED);
  await sendEvery(joiner, '1ms', frame(joiner, server, [6000, PACKET_PORT]));
  const change = async (isMember: boolean): Promise<Joining> => {
    const before = { bytes: hub.bytesSent, rows: hub.loom.rowsComputed };
    const revision = await setMember(store, isMember);
    const committed = now();
    await applied(hub, revision);
    const everywhere = now() - committed;
    const measured = { bytes: hub.bytesSent - before.bytes, rows: hub.loom.rowsComputed - before.rows };
    await delay(SETTLED_MS);
    const at = isMember ? watcher.firstArrival('udp', committed - SETTLED_MS) : watcher.lastArrival('udp');
    return { packet: at - committed, everywhere, ...measured };
  };
  const joined: Joining[] = [];
  const left: Joining[] = [];
  for (let i = 0; i < trials; i++) {
    joined.push(await change(true));
    left.push(await change(false));
  }
  agents.kill('SIGKILL');
  await hub[Symbol.asyncDispose]();
  await store.close();
  return { joined, left };
}

async function applied(hub: Realize, revision: number): Promise<void> {
  const { signal } = new AbortController();
  const { state, hosts } = await hub.realizations.read(revision, { milliseconds: 60_000, signal });
  if (state === 'done') return;
  const late = hosts.filter((each) => each.state !== 'done').map((each) => `${each.host} ${each.state}`);
  throw new Error(`not applied: ${late.join(', ')}`);
}

async function plug(host: EmulatedHost, { id, mac, ip }: Placed): Promise<Speaker> {
  const namespace = await host.plug(tapName(id), { mac, ips: [] });
  await sh(`ip -n ${namespace} address add ${ip}/16 dev eth0`);
  return { namespace, mac, ip };
}
