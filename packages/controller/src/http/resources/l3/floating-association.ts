import { DHCP_OWNER } from '@netloom/core/model/port';
import { parseAddress } from '@netloom/core/net/address';
import type { FixedIp } from '../../../ipam/allocate.ts';
import type { Queryable } from '../../../store/store.ts';
import { isTrusted } from '../../access.ts';
import type { Resource, RuleContext } from '../../resource/definition.ts';
import { readRow } from '../../resource/locked-row.ts';
import type { FloatingIpValues } from './floating-ip-rules.ts';
import { badRequestFor, notReachable, portHasForwarding } from './l3-errors.ts';
import { INTERFACE_OWNERS, type ServicePort } from './service-ports.ts';

/** Where a floating IP is to lead; no port: nowhere. */
export interface Target {
  readonly port_id: string | null;
  readonly fixed_ip_address: string | null;
}

export type Association = Pick<FloatingIpValues, 'port_id' | 'fixed_ip_address' | 'router_id'>;

/** Settles the fixed address and the router of an association. Throws 400 when the port has no fitting address, 404 when no router leads there. */
export async function associate(
  floatingIp: FloatingIpValues,
  target: Target,
  { ports, context }: { ports: Resource; context: RuleContext },
): Promise<Association> {
  const { tx, caller } = context;
  if (target.port_id === null) {
    if (target.fixed_ip_address !== null) {
      throw badRequestFor('floatingip', 'fixed_ip_address cannot be specified without a port_id');
    }
    // Port forwardings keep a floating IP on their router.
    const forwards = (floatingIp.port_forwardings ?? []).length > 0;
    return { port_id: null, fixed_ip_address: null, router_id: forwards ? floatingIp.router_id : null };
  }
  const port = (await readRow(tx, ports, {
    id: target.port_id,
    caller,
    rule: 'get_port',
    conditions: ports.access.read,
  })) as ServicePort;
  if (port.project_id !== floatingIp.project_id && !isTrusted(caller)) {
    throw badRequestFor(
      'floatingip',
      `Cannot process floating IP association with Port ${port.id}, since that port is owned by a different tenant`,
    );
  }
  const fixedIp = chooseAddress(port, target.fixed_ip_address);
  const router = await routerFor(tx, port.id, {
    subnetId: fixedIp.subnet_id,
    networkId: floatingIp.floating_network_id,
  });
  if (router === undefined) throw notReachable(floatingIp.floating_network_id, fixedIp.subnet_id, port.id);
  if (router.distributed) await refuseForwardingTarget(tx, port);
  return { port_id: port.id, fixed_ip_address: fixedIp.ip_address, router_id: router.id };
}

function chooseAddress(port: ServicePort, wanted: string | null): FixedIp {
  if (port.device_owner === DHCP_OWNER) {
    throw badRequestFor('floatingip', `Port ${port.id} is unable to be assigned a floating IP`);
  }
  if (wanted !== null) {
    if (!isIpv4(wanted)) {
      throw badRequestFor(
        'floatingip',
        `Cannot process floating IP association with ${wanted}, since that is not an IPv4 address`,
      );
    }
    const found = port.fixed_ips.find((ip) => ip.ip_address === wanted);
    if (found === undefined) {
      throw badRequestFor('floatingip', `Port ${port.id} does not have fixed ip ${wanted}`);
    }
    return found;
  }
  const [first, second] = port.fixed_ips.filter((ip) => isIpv4(ip.ip_address));
  if (first === undefined) {
    throw badRequestFor('floatingip', `Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`);
  }
  if (second !== undefined) {
    throw badRequestFor(
      'floatingip',
      `Port ${port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP`,
    );
  }
  return first;
}

export function isIpv4(ip: string): boolean {
  return parseAddress(ip)?.family === 4;
}

const OWNERS = INTERFACE_OWNERS.map((owner) => `'${owner}'`).join(', ');

interface FoundRouter {
  readonly id: string;
  readonly distributed: boolean;
}

/**
 * The router between a subnet and an external network, which stays so until the end of the transaction: the one that is the subnet's
 * gateway, if several are.
 */
export async function routerFor(
  tx: Queryable,
  portId: string,
  { subnetId, networkId }: { subnetId: string; networkId: string },
): Promise<FoundRouter | undefined> {
  const found = await findRouter(tx, { subnetId, networkId });
  if (found === undefined) return undefined;
  // Whoever takes an interface or a gateway away locks the router first. What was waited for is only seen by asking again; and the
  // port must neither go nor get port forwardings meanwhile.
  await tx.query('SELECT FROM routers WHERE id = $1 FOR NO KEY UPDATE', [found.id]);
  await tx.query('SELECT FROM ports WHERE id = $1 FOR NO KEY UPDATE', [portId]);
  const still = await findRouter(tx, { subnetId, networkId });
  return still?.id === found.id ? still : undefined;
}

async function findRouter(
  tx: Queryable,
  { subnetId, networkId }: { subnetId: string; networkId: string },
): Promise<FoundRouter | undefined> {
  const [router] = await tx.query<FoundRouter>(
    `SELECT r.id, r.distributed FROM subnets s JOIN ports i ON i.network_id = s.network_id AND i.device_owner IN (${OWNERS})
 JOIN ip_allocations a ON a.port_id = i.id AND a.subnet_id = s.id JOIN routers r ON r.id::text = i.device_id
 JOIN ports g ON g.id = r.gw_port_id AND g.network_id = $2 WHERE s.id = $1
 ORDER BY (a.ip_address = s.gateway_ip) IS TRUE DESC, r.created_at, r.id LIMIT 1`,
    [subnetId, networkId],
  );
  return router;
}

/** A distributed router serves a floating IP on the host of its port, port forwardings elsewhere: not both for one port. */
async function refuseForwardingTarget(tx: Queryable, port: ServicePort): Promise<void> {
  if (port['binding:vnic_type'] !== 'normal') {
    throw badRequestFor('floatingip', 'Port VNIC type is not valid to associate a FIP in DVR mode');
  }
  const forwardings = await tx.query('SELECT FROM port_forwardings WHERE internal_port_id = $1 LIMIT 1', [port.id]);
  if (forwardings.length > 0) throw portHasForwarding(port.id);
}
