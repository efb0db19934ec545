import { randomBytes, randomUUID } from 'node:crypto';
import { DHCP_OWNER } from '@netloom/core/model/port';
import { macFrom } from '@netloom/core/net/mac';
import { type FixedIp, fixedIp } from '../../../ipam/allocate.ts';
import { lockSubnets, takeNext } from '../../../ipam/free-ranges.ts';
import { type IpamSubnet, type IpamSubnetRow, ipamSubnet, ipamSubnetsJson } from '../../../ipam/ipam-subnet.ts';
import { ownAddress } from '../../../ipam/plan-addresses.ts';
import { writeAllocations } from '../../../ipam/reallocate.ts';
import type { Queryable } from '../../../store/store.ts';

/** First octets of MAC addresses that are drawn at random, as Neutron's. */
const MAC_BASE = 'fa:16:3e:00:00:00';

export function drawMac(): string {
  return macFrom(MAC_BASE, randomBytes(3));
}

/** The DHCP port of network `t`: should clients have made more of them, the one that core/compile takes. */
const DHCP_PORT = `SELECT p.* FROM ports p WHERE p.network_id = t.id AND p.device_owner = '${DHCP_OWNER}' ORDER BY p.id LIMIT 1`;

/** True for a network with a DHCP subnet in which its DHCP port has no address. */
const LACKS_DHCP = `EXISTS (SELECT FROM subnets s LEFT JOIN (${DHCP_PORT}) d ON true WHERE s.network_id = t.id AND s.enable_dhcp
 AND NOT coalesce(d.fixed_ips @> jsonb_build_array(jsonb_build_object('subnet_id', s.id)), false))`;

interface DhcpPort {
  readonly id: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly FixedIp[];
}

/**
 * For who will bind ports and takes addresses before: locks what `ensureDhcpPort` will need, in the order that all share, network
 * before subnets. One who binds a port that has its address already goes that way too, and the two must not wait for each other.
 */
export async function lockForDhcpPorts(tx: Queryable, networkIds: Iterable<string>): Promise<void> {
  const lacking = await tx.query<{ id: string; subnets: string[] }>(
    `SELECT t.id, ARRAY(SELECT s.id::text FROM subnets s WHERE s.network_id = t.id) AS subnets
 FROM networks t WHERE t.id = ANY($1::uuid[]) AND ${LACKS_DHCP} ORDER BY t.id FOR NO KEY UPDATE OF t`,
    [[...networkIds]],
  );
  for (const { subnets } of lacking) await lockSubnets(tx, subnets);
}

/**
 * Gives a network its DHCP server's port, with an address in every subnet that has DHCP. A subnet without a free address is left
 * out: the workload that is just being bound is worth more. The next binding tries again.
 */
export async function ensureDhcpPort(tx: Queryable, networkId: string): Promise<void> {
  const lacking = await tx.query(`SELECT FROM networks t WHERE t.id = $1 AND ${LACKS_DHCP}`, [networkId]);
  if (lacking.length > 0) await completeDhcpPort(tx, networkId);
}

async function completeDhcpPort(tx: Queryable, networkId: string): Promise<void> {
  // Two statements: what the first one waited for, only the second one sees.
  await tx.query('SELECT FROM networks WHERE id = $1 FOR NO KEY UPDATE', [networkId]);
  const [network] = await tx.query<{ project_id: string; subnets: IpamSubnetRow[]; port: DhcpPort | null }>(
    `SELECT t.project_id, ${ipamSubnetsJson('t.id')} AS subnets, (
 SELECT jsonb_build_object('id', d.id, 'mac_address', d.mac_address, 'fixed_ips', d.fixed_ips) FROM (${DHCP_PORT}) d) AS port
 FROM networks t WHERE t.id = $1`,
    [networkId],
  );
  if (network === undefined) return;
  const { port, project_id: projectId } = network;
  const mac = port?.mac_address ?? drawMac();
  const has = new Set(port?.fixed_ips.map((ip) => ip.subnet_id));
  const lacking = network.subnets.map(ipamSubnet).filter((subnet) => subnet.enableDhcp && !has.has(subnet.id));
  const fixedIps = await takeOneEach(tx, lacking, mac);
  if (fixedIps.length === 0) return;
  const portId = port?.id ?? randomUUID();
  if (port === null) await insertPort(tx, { id: portId, networkId, projectId, mac, fixedIps });
  else await addAddresses(tx, { portId, fixedIps });
  await writeAllocations(tx, { networkId, portId, fixedIps });
}

async function takeOneEach(tx: Queryable, subnets: readonly IpamSubnet[], mac: string): Promise<FixedIp[]> {
  const taken = new Map<IpamSubnet, FixedIp>();
  for (const subnet of subnets.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    if (subnet.auto) taken.set(subnet, fixedIp(ownAddress(subnet, mac)));
    else {
      const value = await takeNext(tx, subnet.id);
      if (value !== undefined) taken.set(subnet, fixedIp({ subnet, address: { family: subnet.prefix.family, value } }));
    }
  }
  return subnets.flatMap((subnet) => taken.get(subnet) ?? []);
}

async function insertPort(
  tx: Queryable,
  port: { id: string; networkId: string; projectId: string; mac: string; fixedIps: readonly FixedIp[] },
): Promise<void> {
  await tx.query(
    `INSERT INTO ports (id, project_id, network_id, mac_address, fixed_ips, device_id, device_owner)
 VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
    [
      port.id,
      port.projectId,
      port.networkId,
      port.mac,
      JSON.stringify(port.fixedIps),
      `dhcp-${port.networkId}`,
      DHCP_OWNER,
    ],
  );
}

async function addAddresses(
  tx: Queryable,
  { portId, fixedIps }: { portId: string; fixedIps: readonly FixedIp[] },
): Promise<void> {
  await tx.query(
    `UPDATE ports SET fixed_ips = fixed_ips || $2::jsonb, updated_at = now(), revision_number = revision_number + 1 WHERE id = $1`,
    [portId, JSON.stringify(fixedIps)],
  );
}
