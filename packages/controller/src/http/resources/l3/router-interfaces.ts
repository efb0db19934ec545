import { parseAddress } from '@netloom/core/net/address';
import type { FixedIp } from '../../../ipam/allocate.ts';
import { addressNumber } from '../../../ipam/ipam-subnet.ts';
import type { Queryable } from '../../../store/store.ts';
import { holds, isTrusted } from '../../access.ts';
import type { PoolText } from '../../resource/address-types.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { readRow } from '../../resource/locked-row.ts';
import { factsOf, selectFacts } from '../../resource/selection.ts';
import { isObject, uuid } from '../../resource/value-types.ts';
import { refuseRouteUsers } from './extra-routes.ts';
import { refuseInterfaceUsers } from './interface-users.ts';
import { badRequestFor, noInterface, noInterfaceOnSubnet, portInUse, subnetNotOnPort } from './l3-errors.ts';
import { type AttachedPort, attachedPorts, refuseOverlap } from './router-subnets.ts';
import { interfaceOwner, type RouterValues } from './router-values.ts';
import { changePort, INTERFACE_OWNERS, makePort, removePort, type ServicePort } from './service-ports.ts';

export interface InterfaceResources {
  readonly networks: Resource;
  readonly subnets: Resource;
  readonly ports: Resource;
}

interface InterfaceSubnet {
  readonly id: string;
  readonly network_id: string;
  readonly project_id: string;
  readonly cidr: string;
  readonly ip_version: 4 | 6;
  readonly gateway_ip: string | null;
  readonly allocation_pools: readonly PoolText[];
  readonly ipv6_ra_mode: string | null;
  readonly ipv6_address_mode: string | null;
}

interface Joint {
  readonly resources: InterfaceResources;
  readonly context: RuleContext;
}

/** PUT add_router_interface: joins a router with a subnet, by its gateway address, or by a port made before. */
export async function addInterface(router: RouterValues, body: unknown, joint: Joint): Promise<Values> {
  const { port_id: portId, subnet_id: subnetId } = wantedInterface(body);
  if (portId !== undefined && subnetId !== undefined) {
    throw badRequestFor('router', 'Cannot specify both subnet-id and port-id');
  }
  if (portId !== undefined) return await addByPort(router, portId, joint);
  return await addBySubnet(router, String(subnetId), joint);
}

function wantedInterface(body: unknown): { port_id?: string; subnet_id?: string } {
  const wanted = isObject(body) ? body : {};
  const keys = (['port_id', 'subnet_id'] as const).filter((key) => Object.hasOwn(wanted, key));
  if (keys.length === 0) throw badRequestFor('router', 'Either subnet_id or port_id must be specified');
  return Object.fromEntries(keys.map((key) => [key, knownUuid(wanted[key])]));
}

function knownUuid(value: unknown): string {
  try {
    return uuid.parse(value);
  } catch (error) {
    throw badRequestFor('router', (error as Error).message);
  }
}

async function addByPort(router: RouterValues, portId: string, { resources, context }: Joint): Promise<Values> {
  const { ports } = resources;
  const { tx, caller } = context;
  const port = (await readRow(tx, ports, {
    id: portId,
    caller,
    rule: 'get_port',
    conditions: ports.access.read,
  })) as ServicePort;
  if (port.device_id !== '') throw portInUse(port);
  if (port.fixed_ips.length === 0) throw badRequestFor('router', 'Router port must have at least one fixed IP');
  const subnets = await subnetsById(
    tx,
    port.fixed_ips.map((ip) => ip.subnet_id),
  );
  for (const subnet of subnets) refuseForeignAdvertisements(subnet);
  const attached = await attachedPorts(tx, router.id);
  if (port.fixed_ips.some(isIpv6)) refuseSecondIpv6Port(port, attached);
  refuseOverlap(attached, subnets);
  if (subnets.filter((subnet) => subnet.ip_version === 4).length > 1) {
    throw badRequestFor('router', 'Cannot have multiple IPv4 subnets on router port');
  }
  if (!isTrusted(caller)) refuseOutOfPool(port, subnets, caller.projectId);
  await changePort(ports, { id: port.id, device_id: router.id, device_owner: interfaceOwner(router) }, context);
  return shown(router, port, subnets);
}

async function addBySubnet(router: RouterValues, subnetId: string, { resources, context }: Joint): Promise<Values> {
  const { tx } = context;
  const subnet = await visibleSubnet(subnetId, { resources, context });
  if (subnet.gateway_ip === null) {
    throw badRequestFor('router', 'Subnet for router interface must have a gateway IP');
  }
  await refuseForeignSubnet(subnet, { resources, context });
  refuseForeignAdvertisements(subnet);
  const attached = await attachedPorts(tx, router.id);
  refuseOverlap(attached, [subnet]);
  const fixedIp = { subnet_id: subnet.id, ip_address: subnet.gateway_ip };
  const owner = interfaceOwner(router);
  const sibling = subnet.ip_version === 6 ? attached.find((port) => isIpv6Interface(port, subnet, owner)) : undefined;
  if (sibling !== undefined) {
    const fixed_ips = [...sibling.fixed_ips, fixedIp];
    return shown(router, await changePort(resources.ports, { id: sibling.id, fixed_ips }, context), [subnet]);
  }
  const port = await makePort(
    resources.ports,
    {
      project_id: router.project_id,
      network_id: subnet.network_id,
      fixed_ips: [fixedIp],
      device_id: router.id,
      device_owner: owner,
    },
    context,
  );
  return shown(router, port, [subnet]);
}

/** PUT remove_router_interface: by the port, by the subnet, or by both, which then must fit. */
export async function removeInterface(router: RouterValues, body: unknown, joint: Joint): Promise<Values> {
  const { port_id: portId, subnet_id: subnetId } = wantedInterface(body);
  const { resources, context } = joint;
  const { tx } = context;
  const interfaces = (await attachedPorts(tx, router.id)).filter((port) => isInterface(port.device_owner));
  if (portId !== undefined) {
    const port = interfaces.find((one) => one.id === portId);
    if (port === undefined) throw noInterface(router.id, portId);
    if (subnetId !== undefined && !port.fixed_ips.some((ip) => ip.subnet_id === subnetId)) {
      throw subnetNotOnPort(portId, subnetId);
    }
    return await removeWhole(router, port, joint);
  }
  const subnet = await visibleSubnet(String(subnetId), joint);
  const port = interfaces.find((one) => one.fixed_ips.some((ip) => ip.subnet_id === subnet.id));
  if (port === undefined) throw noInterfaceOnSubnet(router.id, subnet.id);
  const rest = port.fixed_ips.filter((ip) => ip.subnet_id !== subnet.id);
  if (rest.length === 0) return await removeWhole(router, port, joint);
  await refuseUsers(router, [subnet], tx);
  return shown(router, await changePort(resources.ports, { id: port.id, fixed_ips: rest }, context), [subnet]);
}

async function removeWhole(router: RouterValues, port: AttachedPort, { resources, context }: Joint): Promise<Values> {
  await refuseUsers(router, port.subnets, context.tx);
  const [project] = await context.tx.query<{ project_id: string }>('SELECT project_id FROM ports WHERE id = $1', [
    port.id,
  ]);
  await removePort(resources.ports, port.id, context);
  return shown(router, { ...port, project_id: project?.project_id ?? '' }, port.subnets);
}

async function refuseUsers(router: RouterValues, subnets: AttachedPort['subnets'], tx: Queryable): Promise<void> {
  for (const subnet of subnets) await refuseInterfaceUsers(tx, router.id, subnet);
  refuseRouteUsers(router.id, router.routes, subnets);
}

function shown(
  router: RouterValues,
  port: Pick<ServicePort, 'id' | 'project_id' | 'network_id'>,
  subnets: readonly { readonly id: string }[],
): Values {
  return {
    id: router.id,
    tenant_id: port.project_id,
    port_id: port.id,
    network_id: port.network_id,
    subnet_id: subnets.at(-1)?.id,
    subnet_ids: subnets.map((subnet) => subnet.id),
  };
}

async function visibleSubnet(
  id: string,
  { resources: { subnets }, context: { tx, caller } }: Joint,
): Promise<InterfaceSubnet> {
  await readRow(tx, subnets, { id, caller, rule: 'get_subnet', conditions: subnets.access.read });
  const [found] = await subnetsById(tx, [id]);
  if (found === undefined) throw subnets.notFound(id);
  return found;
}

async function subnetsById(tx: Queryable, ids: readonly string[]): Promise<InterfaceSubnet[]> {
  return await tx.query<InterfaceSubnet>(
    `SELECT id, network_id, project_id, cidr::text, ip_version, host(gateway_ip) AS gateway_ip, allocation_pools, ipv6_ra_mode,
 ipv6_address_mode FROM subnets WHERE id = ANY($1::uuid[]) ORDER BY array_position($1::uuid[], id)`,
    [[...new Set(ids)]],
  );
}

/** A subnet of another project is for it to route, unless its network is shared with the one that asks. */
async function refuseForeignSubnet(
  subnet: InterfaceSubnet,
  { resources: { networks }, context: { tx, caller } }: Joint,
): Promise<void> {
  if (isTrusted(caller) || subnet.project_id === caller.projectId) return;
  const [network] = await tx.query<Values>(`SELECT ${selectFacts(networks)} FROM ${networks.table} t WHERE t.id = $1`, [
    subnet.network_id,
  ]);
  const facts = network && factsOf(network);
  const named = facts && { ...facts, sharedWith: facts.sharedWith.filter((project) => project !== '*') };
  if (named && holds(['shared'], caller, named)) return;
  throw badRequestFor(
    'router',
    `Cannot add interface to router because subnet ${subnet.id} is not owned by project making the request`,
  );
}

function refuseForeignAdvertisements(subnet: InterfaceSubnet): void {
  if (subnet.ip_version === 4 || subnet.ipv6_ra_mode !== null || subnet.ipv6_address_mode === null) return;
  throw badRequestFor(
    'router',
    `IPv6 subnet ${subnet.id} configured to receive RAs from an external router cannot be added to Neutron Router.`,
  );
}

function refuseSecondIpv6Port(port: ServicePort, attached: readonly AttachedPort[]): void {
  const other = attached.find((one) => one.network_id === port.network_id && one.fixed_ips.some(isIpv6));
  if (other === undefined) return;
  throw badRequestFor(
    'router',
    `Router already contains IPv6 port ${other.id} belonging to network id ${other.network_id}. Only one IPv6 port from the same network subnet can be connected to a router.`,
  );
}

/** On another project's subnet only addresses that it gives out itself. */
function refuseOutOfPool(port: ServicePort, subnets: readonly InterfaceSubnet[], projectId: string | null): void {
  for (const { subnet_id: id, ip_address: ip } of port.fixed_ips) {
    const subnet = subnets.find((one) => one.id === id);
    if (subnet === undefined || subnet.project_id === projectId) continue;
    const value = addressNumber(ip);
    const given = subnet.allocation_pools.some(
      ({ start, end }) => value >= addressNumber(start) && value <= addressNumber(end),
    );
    if (given) continue;
    throw badRequestFor(
      'router',
      `Cannot add interface to router because specified port ${port.id} has an IP address out of the allocation pool of subnet ${id}, which is not owned by the project making the request`,
    );
  }
}

function isIpv6({ ip_address: ip }: Pick<FixedIp, 'ip_address'>): boolean {
  return parseAddress(ip)?.family === 6;
}

function isIpv6Interface(port: AttachedPort, subnet: InterfaceSubnet, owner: string): boolean {
  return port.network_id === subnet.network_id && port.device_owner === owner && port.fixed_ips.some(isIpv6);
}

function isInterface(owner: string): boolean {
  return INTERFACE_OWNERS.some((one) => one === owner);
}
