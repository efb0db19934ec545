import { join } from 'node:path';
import type { NetworkSpec, WorkloadSpec } from '../scenario/scenario.ts';
import { type Addressing, startAddressing } from './addressing.ts';
import { standBehind } from './behind.ts';
import type { CellOptions } from './cell.ts';
import { type Peer, startPeer } from './peer.ts';
import { makeNic, type Nic, plug, switchOn, unplug } from './plug.ts';
import type { ProvisionedPort } from './provision.ts';
import type { HostCell } from './underlay.ts';

/** A workload of the lab, plugged in at a host. */
export interface Workload {
  readonly spec: WorkloadSpec;
  readonly peer: Peer;
  readonly port: ProvisionedPort;
  /** Where it is now. */
  readonly host: string;
  /** Undefined until `boot`, and where no DHCPv4 client runs. */
  readonly renew: Addressing['renew'];
  /** Switches its interface on and lets it find its addresses. */
  boot(): Promise<void>;
  /** Connects it to a second host while the first still carries it; gives a function that takes the first away. */
  connect(host: HostCell): Promise<() => Promise<void>>;
}

export interface WorkloadOptions {
  readonly spec: WorkloadSpec;
  readonly network: NetworkSpec;
  readonly peer: Peer;
  readonly port: ProvisionedPort;
  readonly host: HostCell;
  /** For files of its own. */
  readonly folder: string;
}

export function startWorkloadPeer(name: string, folder: string, log: CellOptions['log']): Promise<Peer> {
  return startPeer({ name, folder: join(folder, name), log });
}

export async function plugWorkload(options: WorkloadOptions): Promise<Workload> {
  const { spec, peer, port, network } = options;
  const nic: Nic = { workload: peer.cell, portId: port.id, mac: port.mac, mtu: port.mtu };
  let host = options.host.name;
  let connections = 0;
  let addressing: Addressing | undefined;
  const nextLine = (): string => `nic${connections++}`;
  let line = nextLine();
  await makeNic(nic);
  if (spec.behind.length > 0) await standBehind(peer.cell, spec.behind, port.mtu);
  await plug(nic, options.host, line);
  return {
    spec,
    peer,
    port,
    get host() {
      return host;
    },
    get renew() {
      return addressing?.renew;
    },
    async boot() {
      await switchOn(peer.cell);
      addressing = await startAddressing({
        workload: peer.cell,
        folder: join(options.folder, spec.name),
        hostname: spec.hostname,
        network,
        mtu: port.mtu,
        addresses: port.prefixed,
      });
    },
    async connect(target) {
      const before = line;
      const after = nextLine();
      await plug(nic, target, after);
      line = after;
      host = target.name;
      return () => unplug(peer.cell, before);
    },
  };
}
