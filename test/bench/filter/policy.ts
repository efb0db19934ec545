import type { FilterRow, FilterRule, HostTables, PortRow } from '@netloom/core/tables/host-tables';
import { tablesOf } from '../../../packages/drivers/src/conformance-tables.ts';

/** UDP port of the measured packets, and TCP port of the measured stream: what the last rules allow. */
export const PACKET_PORT = 7;
export const STREAM_PORT = 5201;
/** UDP port of flows that are counted while others are measured. */
export const BYSTANDER_PORT = 7003;

/** What every port allows: ten rules with the ones that the measured traffic needs at the end. Null protocol: any. */
export const RULES: readonly {
  readonly direction: 'ingress' | 'egress';
  readonly family: 4 | 6;
  readonly protocol: number | null;
  readonly ports: readonly [number, number] | null;
}[] = [
  { direction: 'egress', family: 6, protocol: null, ports: null },
  { direction: 'egress', family: 4, protocol: null, ports: null },
  { direction: 'ingress', family: 4, protocol: 1, ports: null },
  { direction: 'ingress', family: 4, protocol: 6, ports: [22, 22] },
  { direction: 'ingress', family: 4, protocol: 6, ports: [80, 80] },
  { direction: 'ingress', family: 4, protocol: 6, ports: [443, 443] },
  { direction: 'ingress', family: 4, protocol: 6, ports: [8080, 8090] },
  { direction: 'ingress', family: 4, protocol: 17, ports: [BYSTANDER_PORT, BYSTANDER_PORT] },
  { direction: 'ingress', family: 4, protocol: 6, ports: [STREAM_PORT, STREAM_PORT] },
  { direction: 'ingress', family: 4, protocol: 17, ports: [PACKET_PORT, PACKET_PORT] },
];

/** Workload number `n`, counted from 1. */
export function workload(n: number): { device: string; mac: string; ip: string } {
  const octet = (value: number): string => value.toString(16).padStart(2, '0');
  return {
    device: `tap${n}`,
    mac: `fa:16:3e:00:${octet(n >> 8)}:${octet(n & 255)}`,
    ip: `10.8.${n >> 8}.${n & 255}`,
  };
}

/** A bridge has at most 1,023 ports (BR_MAX_PORTS of the kernel), one of them its VXLAN device. */
const SEGMENT_PORTS = 1000;

/** The two workloads that speak: as far down a list of ports as a pair is on the average, at a third and at two thirds of the first segment. */
export function pairOf(ports: number): readonly [number, number] {
  const shared = Math.min(ports, SEGMENT_PORTS);
  return [Math.max(1, Math.ceil(shared / 3)), Math.max(2, Math.ceil((2 * shared) / 3))];
}

/** So many ports, a thousand a segment. Guarded ones have a security group each, so that nothing is shared; `without` leaves out the first rules. */
export function tablesWith(ports: number, guarded: boolean, without = 0): HostTables {
  const numbers = Array.from({ length: ports }, (_, i) => i + 1);
  const segments = new Set(numbers.map(segmentOf));
  const tables = tablesOf({
    segments: [...segments].map((n) => ({ id: `s${n}`, vni: 5001 + n, mtu: 1450, flood: 'none' })),
    ports: numbers.map((n) => portRow(n, guarded)),
  });
  if (!guarded) return tables;
  return { ...tables, filters: new Map(numbers.map((n) => [`g${n}`, filterRow(n, without)])) };
}

function segmentOf(n: number): number {
  return Math.floor((n - 1) / SEGMENT_PORTS);
}

function portRow(n: number, guarded: boolean): PortRow {
  const { device, mac, ip } = workload(n);
  return {
    ...{ id: `p${n}`, segment: `s${segmentOf(n)}`, device, mac, addresses: [{ subnet: 'n', ip }], adminUp: true },
    ...{ hostname: `w${n}`, dhcpOptions: [] },
    guard: guarded ? { pairs: [], filters: [`g${n}`], firewall: null } : null,
  };
}

function filterRow(n: number, without: number): FilterRow {
  const rules = RULES.map(
    ({ direction, family, protocol, ports }, i): FilterRule => ({
      ...{ id: `g${n}-r${i}`, direction, family, protocol },
      ...{ min: ports?.[0] ?? null, max: ports?.[1] ?? null, remote: { kind: 'any' } },
    }),
  );
  return { id: `g${n}`, stateful: true, rules: rules.slice(without) };
}
