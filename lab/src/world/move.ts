import { setTimeout as sleep } from 'node:timers/promises';
import type { NetloomClient } from '@netloom/api/client/connect';
import { labError } from '../errors.ts';
import type { MoveReport } from '../report.ts';
import type { HostCell } from './underlay.ts';
import type { Workload } from './workload.ts';

const PROBE_PORT = 61_000;
const PROBE_INTERVAL_MS = 5;
/** Traffic before the move, so that the first probes find every table warm, and after it. */
const LEAD_MS = 300;
const APPLY_SECONDS = 30;

export interface Moving {
  readonly client: NetloomClient;
  readonly workload: Workload;
  readonly target: HostCell;
  readonly others: readonly Workload[];
}

/**
 * Moves a workload as live migration does: it is plugged in at the new host first, then its port is bound there, and the
 * old connection goes when the new host has applied the change. Address and MAC stay. Another workload probes all the
 * while; one on a third host where there is one, for it sees the change of tunnel.
 */
export async function moveWorkload({ client, workload, target, others }: Moving): Promise<MoveReport> {
  const from = workload.host;
  const prober = await chooseProber({ client, workload, target, others });
  await workload.peer.ask({ op: 'serve', protocol: 'udp', port: PROBE_PORT });
  const address = workload.port.addresses[0];
  if (prober !== undefined && address !== undefined) {
    await prober.peer.ask({ op: 'stream-start', address, port: PROBE_PORT, intervalMs: PROBE_INTERVAL_MS });
    await sleep(LEAD_MS);
  }
  try {
    const leave = await workload.connect(target);
    await client.ports.update(workload.port.id, { 'binding:host_id': target.name });
    await awaitApplied(client, APPLY_SECONDS);
    await leave();
  } finally {
    if (prober !== undefined) await sleep(LEAD_MS);
  }
  const seen = await prober?.peer.ask({ op: 'stream-stop' });
  return {
    workload: workload.spec.name,
    from,
    to: target.name,
    gapMs: seen?.gapMs ?? null,
    probesSent: seen?.sent ?? 0,
    probesLost: seen?.lost ?? 0,
    prober: prober?.spec.name ?? null,
  };
}

async function chooseProber({ client, workload, target, others }: Moving): Promise<Workload | undefined> {
  const near = others.filter((other) => other !== workload && other.spec.network === workload.spec.network);
  const [to] = workload.port.addresses;
  if (to === undefined) return undefined;
  const traces = await Promise.all(
    near.map(({ port }) => client.trace({ from: port.id, to, protocol: 'udp', port: PROBE_PORT })),
  );
  // Not every neighbour may reach it: security groups say who.
  const allowed = near.filter((_, i) => traces[i]?.verdict === 'pass');
  return allowed.find((other) => other.host !== workload.host && other.host !== target.name) ?? allowed[0];
}

/** Waits until this client's last write is in effect everywhere. Throws LAB_NOT_APPLIED naming the hosts that lag. */
export async function awaitApplied(client: NetloomClient, seconds: number): Promise<void> {
  const { revision, state, hosts } = await client.realization({ waitSeconds: seconds });
  if (state === 'done') return;
  const late = hosts.filter((host) => host.state !== 'done');
  const words = late.map((host) => `${host.host} (${host.connected ? host.state : 'not connected'})`).join(', ');
  throw labError('LAB_NOT_APPLIED', { revision, seconds, hosts: words, folder: process.cwd() });
}
