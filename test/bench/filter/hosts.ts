import { setTimeout as delay } from 'node:timers/promises';
import { itemId } from '@netloom/core/delta/items';
import type { HostTables } from '@netloom/core/tables/host-tables';
import type { Driver } from '../../../packages/drivers/src/driver.ts';
import { type EmulatedHost, emulateHost, sh } from '../../../packages/drivers/test/emulated-host.ts';
import { physdevRules } from './physdev-rules.ts';
import { pairOf, tablesWith, workload } from './policy.ts';

export type Enforcement = 'none' | 'netloom' | 'iptables';

/** A host with ports, two of which have workloads that speak. */
export interface Subject {
  readonly name: string;
  readonly enforcement: Enforcement;
  readonly ports: number;
  /** Namespace of its data plane. */
  readonly dataPlane: string;
  readonly driver: Driver;
  readonly from: Speaker;
  readonly to: Speaker;
  /** Milliseconds that putting all rules took. */
  readonly loadMs: number;
}

export interface Speaker {
  readonly namespace: string;
  readonly mac: string;
  readonly ip: string;
}

/** Every subject is a host of its own; only the measured one has anything to do. */
export async function openSubject(enforcement: Enforcement, ports: number, signal: AbortSignal): Promise<Subject> {
  const host = await emulateHost();
  const [first, second] = pairOf(ports);
  const from = await plugSpeaker(host, first, second);
  const to = await plugSpeaker(host, second, first);
  const driver = await host.open(signal);
  await settle(driver, { ...tablesWith(ports, false), ports: new Map() }, signal);
  const silent = Array.from({ length: ports }, (_, i) => i + 1).filter((n) => n !== first && n !== second);
  await plugTaps(host, silent);
  await settle(driver, tablesWith(ports, false), signal);
  let loadMs = 0;
  if (enforcement !== 'none') {
    const started = performance.now();
    if (enforcement === 'netloom') await settle(driver, tablesWith(ports, true), signal);
    else await loadPhysdev(host, ports);
    loadMs = performance.now() - started;
  }
  const name = enforcement === 'none' ? 'no filter' : `${enforcement}, ${ports} ports`;
  return { name, enforcement, ports, dataPlane: host.dataPlane, driver, from, to, loadMs };
}

/** Takes a driver to these tables. Throws when a step fails, or when something stays undone. */
export async function settle(driver: Driver, tables: HostTables, signal: AbortSignal): Promise<void> {
  const desired = driver.render(tables);
  for (let pass = 0; ; pass++) {
    const steps = driver.diff(desired, await driver.observe(signal));
    if (steps.length === 0) return;
    const outcomes = await driver.apply(steps, signal);
    const bad = outcomes.findIndex(({ result }) => result !== 'done');
    const undone = bad === -1 ? steps[0] : steps[bad];
    if (pass < 3) await delay(10);
    else throw new Error(`${undone && itemId(undone.item)}: ${JSON.stringify(outcomes[bad] ?? 'comes back')}`);
  }
}

async function plugSpeaker(host: EmulatedHost, n: number, other: number): Promise<Speaker> {
  const { device, mac, ip } = workload(n);
  const namespace = await host.plug(device, { mac, ips: [] });
  await sh(`ip -n ${namespace} address add ${ip}/16 dev eth0`);
  const peer = workload(other);
  await sh(`ip -n ${namespace} neigh replace ${peer.ip} lladdr ${peer.mac} dev eth0 nud permanent`);
  return { namespace, mac, ip };
}

/** Ports that nobody speaks on need a device only, made where the driver takes it: thousands of moves between namespaces take long. */
async function plugTaps(host: EmulatedHost, numbers: readonly number[]): Promise<void> {
  const lines = numbers.map((n) => `tuntap add dev ${workload(n).device} mode tap\n`);
  await sh(`ip -n ${host.dataPlane} -batch -`, lines.join(''));
}

async function loadPhysdev(host: EmulatedHost, ports: number): Promise<void> {
  const inside = `ip netns exec ${host.dataPlane}`;
  await sh(`${inside} tee /proc/sys/net/bridge/bridge-nf-call-iptables`, '1\n');
  await sh(`${inside} iptables-nft-restore`, physdevRules(ports));
}
