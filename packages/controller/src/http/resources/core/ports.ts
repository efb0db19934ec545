import { allocate, type FixedIp, subnetsFor } from '../../../ipam/allocate.ts';
import { alreadyAllocated } from '../../../ipam/ipam-errors.ts';
import { type IpamSubnetRow, ipamSubnet } from '../../../ipam/ipam-subnet.ts';
import { reallocate, settleOnHost } from '../../../ipam/reallocate.ts';
import { release } from '../../../ipam/release.ts';
import { isDeferred } from '../../../ipam/routed-subnets.ts';
import { ApiError } from '../../api-error.ts';
import type { WantedIp } from '../../resource/address-types.ts';
import { REDRAW, type Resource, type RuleContext, type Values } from '../../resource/definition.ts';
import type { GivenDhcpOption } from '../../resource/dhcp-options-type.ts';
import { drawMac, ensureDhcpPort, lockForDhcpPorts } from './dhcp-port.ts';
import { mergeDhcpOptions } from './merge-dhcp-options.ts';
import { NETWORK_FOR_PORTS, portAttributes } from './port-attributes.ts';

type PortValues = Values & {
  id: string;
  network_id: string;
  mac_address: string;
  /** As wished while a port is made or changed, as taken before and after. */
  fixed_ips: readonly (WantedIp | FixedIp)[] | undefined;
  device_owner: string;
  admin_state_up: boolean;
  /** ACTIVE once its host says so. */
  status: string;
  'binding:host_id': string;
  extra_dhcp_opts: readonly GivenDhcpOption[];
};

/** Ports on `networks`. */
export function ports(networks: Resource): Resource<PortValues> {
  return {
    name: 'port',
    collection: 'ports',
    table: 'ports',
    quota: 'port',
    together: true,
    // Addresses come from the subnets of the port's network, and with a host comes its DHCP server.
    changedAlone: ['fixed_ips', 'mac_address', 'binding:host_id'],
    notFound: (id) => new ApiError(404, 'PortNotFound', `Port ${id} could not be found.`),
    access: {
      read: ['owner', 'network_owner'],
      create: ['owner'],
      update: ['owner'],
      delete: ['owner', 'network_owner'],
    },
    facts: { networkProject: '(SELECT n.project_id FROM networks n WHERE n.id = t.network_id)' },
    attributes: portAttributes(networks),
    alsoInsert: [
      `INSERT INTO ip_allocations (network_id, subnet_id, ip_address, port_id)
 SELECT made.network_id, f.subnet_id, f.ip_address, made.id
 FROM made, jsonb_to_recordset(made.fixed_ips) AS f (subnet_id uuid, ip_address inet)`,
    ],
    conflicts: {
      ports_network_id_fkey: ({ key }) => networks.notFound(key[0] ?? ''),
      ip_allocations_pkey: ({ key }) => alreadyAllocated(key[1] ?? '', key[0] ?? ''),
      // Whoever sent the address meets it again; one that was drawn here is drawn again.
      ports_network_mac_key: ({ key, values }) =>
        values.some((port) => port['mac_address'] === key[1] && DRAWN.get(port) !== key[1])
          ? macInUse(key[0] ?? '', key[1] ?? '')
          : REDRAW,
    },
    rules: { beforeCreate, afterCreate, beforeUpdate, afterUpdate, beforeDelete },
  };
}

/** MACs of ports that were drawn at random. */
const DRAWN = new WeakMap<Values, string>();

async function beforeCreate(items: readonly PortValues[], { tx, referenced }: RuleContext): Promise<void> {
  for (const item of items) {
    if (item.mac_address === undefined) {
      item.mac_address = drawMac();
      DRAWN.set(item, item.mac_address);
    }
    item.extra_dhcp_opts = mergeDhcpOptions([], item.extra_dhcp_opts);
  }
  const bound = boundNetworks(items);
  if (bound.size > 0) await lockForDhcpPorts(tx, bound);
  // In one order for all: two that make ports on the same networks would else wait for each other's addresses.
  const byNetwork = [...Map.groupBy(items, (item) => item.network_id)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [networkId, onNetwork] of byNetwork) {
    const network = { id: networkId, subnets: subnetsOf(referenced.get('network_id')?.get(networkId)) };
    const requests = onNetwork.map((item) => ({
      mac: item.mac_address,
      deviceOwner: item.device_owner,
      host: item['binding:host_id'],
      wanted: item.fixed_ips,
    }));
    const taken = await allocate(tx, network, requests);
    for (const [i, item] of onNetwork.entries()) {
      const request = requests[i];
      if (request && isDeferred(subnetsFor(network, request), request)) item['ip_allocation'] = 'deferred';
      item.fixed_ips = taken[i] ?? [];
    }
  }
}

async function afterCreate(made: readonly PortValues[], { tx }: RuleContext): Promise<void> {
  for (const networkId of [...boundNetworks(made)].sort()) await ensureDhcpPort(tx, networkId);
}

function boundNetworks(ports: readonly PortValues[]): Set<string> {
  return new Set(ports.filter((port) => port['binding:host_id'] !== '').map((port) => port.network_id));
}

async function beforeUpdate(old: PortValues, changes: Partial<PortValues>, { tx }: RuleContext): Promise<void> {
  if (changes.extra_dhcp_opts) {
    changes.extra_dhcp_opts = mergeDhcpOptions(old.extra_dhcp_opts, changes.extra_dhcp_opts);
  }
  // What its last host said counts no more.
  const moved = changes['binding:host_id'] !== undefined && changes['binding:host_id'] !== old['binding:host_id'];
  if (moved || changes.admin_state_up === false) changes.status = 'DOWN';
  const mac = changes.mac_address ?? old.mac_address;
  if (mac !== old.mac_address) refuseMacChange(old, mac);
  const host = changes['binding:host_id'] ?? old['binding:host_id'];
  const bound = moved && host !== '';
  const readdressed = changes.fixed_ips !== undefined || mac !== old.mac_address;
  const deferred = old['ip_allocation'] === 'deferred';
  if (!(readdressed || bound)) return;
  if (bound && (readdressed || deferred)) await lockForDhcpPorts(tx, [old.network_id]);
  const [network] = await tx.query<{ subnets: IpamSubnetRow[] }>(
    `SELECT ${NETWORK_FOR_PORTS.$subnets} AS subnets FROM networks t WHERE t.id = $1`,
    [old.network_id],
  );
  const port = {
    network: { id: old.network_id, subnets: (network?.subnets ?? []).map(ipamSubnet) },
    portId: old.id,
    mac,
    deviceOwner: changes.device_owner ?? old.device_owner,
    host,
    old: old.fixed_ips as readonly FixedIp[],
  };
  const settled = readdressed
    ? await reallocate(tx, { ...port, wanted: changes.fixed_ips })
    : await settleOnHost(tx, { ...port, deferred });
  if (settled !== undefined) changes.fixed_ips = settled;
}

async function afterUpdate(old: PortValues, made: PortValues, { tx }: RuleContext): Promise<void> {
  const host = made['binding:host_id'];
  if (host !== '' && host !== old['binding:host_id']) await ensureDhcpPort(tx, made.network_id);
}

async function beforeDelete(olds: readonly PortValues[], { tx }: RuleContext): Promise<void> {
  // In the order in which ports are made.
  const byNetwork = [...Map.groupBy(olds, (old) => old.network_id)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, ports] of byNetwork) {
    await release(
      tx,
      ports.flatMap((old) => old.fixed_ips as readonly FixedIp[]),
    );
  }
}

function subnetsOf(network: Values | undefined) {
  return ((network?.['$subnets'] ?? []) as IpamSubnetRow[]).map(ipamSubnet);
}

function macInUse(networkId: string, mac: string): ApiError {
  return new ApiError(
    409,
    'MacAddressInUse',
    `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
  );
}

/** A bound port's workload has the old address; a service's port is found by it. */
function refuseMacChange(port: PortValues, mac: string): void {
  if (port.device_owner.startsWith('network:')) {
    throw new ApiError(
      409,
      'UnsupportedPortDeviceOwner',
      `Operation mac address update is not supported for device_owner ${port.device_owner} on port ${port.id}.`,
    );
  }
  const vifType = String(port['binding:vif_type']);
  if (vifType === 'unbound' || vifType === 'binding_failed') return;
  throw new ApiError(
    409,
    'PortBound',
    `Unable to complete operation on port ${port.id}, port is already bound, port type: ${vifType}, old_mac ${port.mac_address}, new_mac ${mac}.`,
  );
}
