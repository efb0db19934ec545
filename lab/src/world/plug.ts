import { tapName } from '@netloom/core/net/device';
import { type Cell, ipBatch } from './cell.ts';
import type { HostCell } from './underlay.ts';

/**
 * A workload's interface. `eth0` stands for the network card a guest sees; behind it, as behind the card of a virtual
 * machine, the connection to a host's tap can be changed without the guest losing carrier, addresses or routes. So eth0
 * is a bridge inside the workload with one port for each tap it is connected to; ports are isolated from each other.
 */
export interface Nic {
  readonly workload: Cell;
  readonly portId: string;
  readonly mac: string;
  /** Of the network, in bytes. */
  readonly mtu: number;
}

/** What a network card starts with until DHCP or a router says otherwise. */
const CARD_MTU = 1500;
/** A bridge follows its ports until its MTU is changed by hand, and to the value that it has it cannot be changed. */
const OTHER_MTU = 1499;

export function makeNic(nic: Nic): Promise<string> {
  return ipBatch(nic.workload, [
    `link add name eth0 mtu ${OTHER_MTU} address ${nic.mac} type bridge mcast_snooping 0 forward_delay 0`,
    `link set eth0 mtu ${CARD_MTU}`,
  ]);
}

/**
 * Plugs the workload in at a host as an operator would: a device tap<first 11 of port id> in the host's own namespace,
 * which its agent takes from there. `line` names the connection inside the workload.
 */
export async function plug(nic: Nic, host: HostCell, line: string): Promise<void> {
  const tap = tapName(nic.portId);
  const { mtu, workload } = nic;
  await ipBatch(workload, [
    `link add name ${line} index ${lineIndex(line)} mtu ${mtu} type veth peer name ${tap} mtu ${mtu} netns ${host.cell.pid}`,
    `link set ${line} addrgenmode none master eth0 up`,
  ]);
  await ipBatch(host.cell, [`link set ${tap} addrgenmode none up`]);
  await nic.workload.run(['bridge', 'link', 'set', 'dev', line, 'isolated', 'on', 'learning', 'off']);
}

/**
 * The kernel acts on a change of carrier at once only for a device whose peer has another index, else within a second;
 * in two namespaces the indexes can be the same by chance. No host counts up to these.
 */
function lineIndex(line: string): number {
  return 1_000_000 + Number(line.replace(/^\D+/, ''));
}

/** Takes a connection away, tap and all. Succeeds when it is gone already. */
export async function unplug(workload: Cell, line: string): Promise<void> {
  await workload.run([
    'sh',
    '-c',
    'ip link delete "$1" 2>/dev/null || [ ! -e "/proc/sys/net/ipv4/conf/$1" ]',
    'sh',
    line,
  ]);
}

export function switchOn(workload: Cell): Promise<string> {
  return ipBatch(workload, ['link set eth0 up']);
}
