import type { Model } from '@netloom/core/compile/weave';
import { formatAddress } from '@netloom/core/net/address';
import { EMPTY_MODEL, host, network, port, subnet } from './objects.ts';

/** Size of the cloud that netloom must hold. */
export const CLOUD = { hosts: 1_000, ports: 15_000, networks: 500 } as const;

const PORTS_PER_NETWORK = CLOUD.ports / CLOUD.networks;

export const hostName = (i: number): string => `host-${i}`;
export const networkId = (i: number): string => `network-${i}`;
export const portId = (network: number, i: number): string => `port-${network}-${i}`;

/** Host that carries port `i` of a network: 30 different ones for each network, 15 ports on each host. */
export function hostOf(network: number, i: number): string {
  return hostName((network * 2 + i * 33) % CLOUD.hosts);
}

/** Networks with one DHCP subnet, a DHCP port and 30 bound ports each, spread evenly over the hosts. */
export function cloud(flood: 'none' | 'head-end' = 'none'): Model {
  const networks = Array.from({ length: CLOUD.networks }, (_, n) => network(networkId(n), { vni: 5_000 + n, flood }));
  const subnets = networks.map(({ id }) => subnet(`subnet-of-${id}`, id));
  const hosts = Array.from({ length: CLOUD.hosts }, (_, i) =>
    host(hostName(i), formatAddress({ family: 4, value: 0xac10_0000n + BigInt(i) })),
  );
  const ports = networks.flatMap(({ id }, n) => [
    port(`dhcp-${n}`, id, { deviceOwner: 'network:dhcp', ip: '10.0.0.2', mac: 'fa:16:3f:00:00:02' }),
    ...Array.from({ length: PORTS_PER_NETWORK }, (_, i) =>
      port(portId(n, i), id, { host: hostOf(n, i), ip: `10.0.0.${10 + i}`, mac: macOf(n * PORTS_PER_NETWORK + i) }),
    ),
  ]);
  return { ...EMPTY_MODEL, networks, subnets, ports, hosts };
}

function macOf(i: number): string {
  return `fa:16:3e:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
}
