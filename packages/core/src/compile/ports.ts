import type { FixedIp } from '../model/port.ts';
import { tapName } from '../net/device.ts';
import type { RowAddress } from '../tables/host-tables.ts';
import { bothSides, type Edit } from './edit.ts';
import type { Feature, Place } from './feature.ts';
import { guardOf } from './guard.ts';
import { hostnameOf } from './hostname.ts';
import { type BoundPort, isBound, type ModelIndex } from './model-index.ts';

export const ports: Feature<'ports'> = {
  table: 'ports',
  places(edit, model) {
    if (edit.kind !== 'firewallGroupPort') return portPlaces(edit);
    const port = model.objects.port.get(edit.id);
    return port === undefined ? [] : [{ at: port.networkId, id: port.id }];
  },
  ids: boundPortIds,
  cell(network, id, model) {
    const port = boundPort(network, id, model);
    if (port === undefined) return undefined;
    const firewall = model.objects.firewallGroupPort.get(id)?.groupId ?? null;
    return { audience: { only: port.host }, make: () => portRow(port, firewall) };
  },
};

function portRow(port: BoundPort, firewall: string | null) {
  return {
    id: port.id,
    segment: port.networkId,
    device: tapName(port.id),
    mac: port.mac,
    addresses: rowAddresses(port.fixedIps),
    adminUp: port.adminStateUp,
    hostname: hostnameOf(port),
    dhcpOptions: port.dhcpOptions,
    guard: guardOf(port, firewall),
  };
}

export function rowAddresses(fixedIps: readonly FixedIp[]): RowAddress[] {
  return fixedIps.map(({ subnetId, ip }) => ({ subnet: subnetId, ip }));
}

/** Where the port of an edit has its row, on either side of the edit. */
export function portPlaces(edit: Edit): Place[] {
  if (edit.kind !== 'port') return [];
  return bothSides(edit)
    .filter(isBound)
    .map(({ networkId, id }) => ({ at: networkId, id }));
}

/** Ids of the workload ports of a network that are bound, on whatever host. */
export function* boundPortIds(network: string, model: ModelIndex): Iterable<string> {
  for (const onHost of model.bound.get(network)?.values() ?? []) yield* onHost.keys();
}

export function boundPort(network: string, id: string, model: ModelIndex): BoundPort | undefined {
  const port = model.objects.port.get(id);
  return port !== undefined && port.networkId === network && isBound(port) ? port : undefined;
}
