import type { UnderlayCount } from '../report.ts';
import { underlayAddress } from '../scenario/model.ts';
import { type Cell, type CellOptions, ipBatch, startCell } from './cell.ts';

/** A host of the lab: a machine with one interface, eth0, on the underlay. */
export interface HostCell {
  readonly name: string;
  readonly cell: Cell;
  readonly underlayAddress: string;
}

export interface Underlay {
  readonly cell: Cell;
  readonly hosts: ReadonlyMap<string, HostCell>;
  /** Frames since the start. */
  count(): Promise<UnderlayCount>;
}

export interface UnderlayOptions {
  readonly hosts: readonly string[];
  readonly mtu: number;
  readonly log: CellOptions['log'];
}

/* Each host has names of its own for network namespaces, as a machine has. */
const HOST_SETUP = 'mkdir -p /run/netns; mount -t tmpfs -o mode=755 tmpfs /run/netns';
const UNDERLAY_SETUP =
  '[ ! -e /proc/sys/net/bridge ] || for f in /proc/sys/net/bridge/bridge-nf-call-*; do echo 0 > "$f"; done';
const HOLD = ['sleep', 'infinity'];
const PREFIX_LENGTH = 16;

/** Makes the hosts and joins them by a bridge that has a machine of its own. */
export async function startUnderlay(options: UnderlayOptions): Promise<Underlay> {
  const { log, mtu } = options;
  const [cell, ...cells] = await Promise.all([
    startCell({ name: 'underlay', setup: UNDERLAY_SETUP, argv: HOLD, log }),
    ...options.hosts.map((name) => startCell({ name, setup: HOST_SETUP, argv: HOLD, log })),
  ]);
  const hosts = cells.map(
    (host, i): HostCell => ({ name: host.name, cell: host, underlayAddress: underlayAddress(i) }),
  );
  await ipBatch(cell, [
    `link add name ul0 mtu ${mtu} type bridge mcast_snooping 0 forward_delay 0`,
    'link set ul0 addrgenmode none up',
    ...hosts.flatMap((host, i) => [
      `link add name u${i} mtu ${mtu} type veth peer name eth0 mtu ${mtu} address ${macOf(host)} netns ${host.cell.pid}`,
      `link set u${i} addrgenmode none master ul0 up`,
    ]),
  ]);
  await Promise.all(hosts.map((host) => ipBatch(host.cell, hostLinks(host, hosts))));
  await cell.run(['nft', '-f', '-'], RULESET);
  return {
    cell,
    hosts: new Map(hosts.map((host) => [host.name, host])),
    count: async () => readCounts(await cell.run(['nft', '-j', 'list', 'counters', 'table', 'bridge', 'lab'])),
  };
}

function macOf(host: HostCell): string {
  const octets = host.underlayAddress.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '00', ...octets].join(':');
}

/** Hosts know each other's MAC addresses, so that every broadcast frame seen on the underlay comes from an overlay. */
function hostLinks(host: HostCell, all: readonly HostCell[]): string[] {
  return [
    'link set eth0 addrgenmode none up',
    `address add ${host.underlayAddress}/${PREFIX_LENGTH} dev eth0`,
    ...all
      .filter((other) => other !== host)
      .map((other) => `neigh replace ${other.underlayAddress} lladdr ${macOf(other)} dev eth0 nud permanent`),
  ];
}

/* 128 bits after the start of the UDP header the inner frame begins; bit 7 of its first octet marks a group address. */
const RULESET = `table bridge lab {
  counter frames {}
  counter vxlan {}
  counter group {}
  counter inner_group {}
  chain in {
    type filter hook prerouting priority 0;
    counter name frames
    meta pkttype { broadcast, multicast } counter name group
    udp dport 4789 counter name vxlan
    udp dport 4789 @th,135,1 == 1 counter name inner_group
  }
}
`;

function readCounts(json: string): UnderlayCount {
  const { nftables } = JSON.parse(json) as { nftables: { counter?: { name: string; packets: number } }[] };
  const packets = (name: string): number => nftables.find((each) => each.counter?.name === name)?.counter?.packets ?? 0;
  return {
    frames: packets('frames'),
    vxlan: packets('vxlan'),
    group: packets('group'),
    innerGroup: packets('inner_group'),
  };
}
