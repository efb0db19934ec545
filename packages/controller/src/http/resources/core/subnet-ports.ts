import { DHCP_OWNER } from '@netloom/core/model/port';
import { type FixedIp, fixedIp } from '../../../ipam/allocate.ts';
import { type IpamSubnetRow, ipamSubnet, isAuto } from '../../../ipam/ipam-subnet.ts';
import { ownAddress } from '../../../ipam/plan-addresses.ts';
import { release } from '../../../ipam/release.ts';
import type { Queryable } from '../../../store/store.ts';
import { ensureDhcpPort } from './dhcp-port.ts';
import type { SubnetValues } from './subnet-checks.ts';

/** What a subnet that is new, or has DHCP since now, means for the ports of its network: more addresses. */
export async function addToPorts(tx: Queryable, subnet: SubnetValues): Promise<void> {
  if (isAuto(subnet)) {
    await addOwnAddresses(tx, subnet);
  }
  if (!subnet.enable_dhcp) return;
  const inUse = await tx.query(
    `SELECT FROM ports WHERE network_id = $1 AND (device_owner = $2 OR host <> '') LIMIT 1`,
    [subnet.network_id, DHCP_OWNER],
  );
  if (inUse.length > 0) await ensureDhcpPort(tx, subnet.network_id);
}

/** Whether a port `p` of a routed network is on the segment $3: by its host; or, as long as it has none, by its addresses. */
const ON_SEGMENT = `CASE WHEN p.host <> '' THEN EXISTS (SELECT FROM segment_hosts h WHERE h.segment_id = $3 AND h.host = p.host)
 ELSE EXISTS (SELECT FROM ip_allocations a JOIN subnets s ON s.id = a.subnet_id WHERE a.port_id = p.id AND s.segment_id = $3) END`;

/** In a subnet of automatic addresses every workload has one; routers' and DHCP servers' ports get theirs on other ways. */
async function addOwnAddresses(tx: Queryable, subnet: SubnetValues): Promise<void> {
  const ports = await tx.query<{ id: string; mac_address: string }>(
    `SELECT id, mac_address FROM ports p WHERE network_id = $1 AND device_owner NOT LIKE 'network:%'
 AND NOT EXISTS (SELECT FROM ip_allocations a WHERE a.port_id = p.id AND a.subnet_id = $2)
 AND ($3::uuid IS NULL OR ${ON_SEGMENT}) ORDER BY id FOR NO KEY UPDATE OF p`,
    [subnet.network_id, subnet.id, subnet['segment_id'] ?? null],
  );
  if (ports.length === 0) return;
  const ipam = ipamSubnet(subnet as unknown as IpamSubnetRow);
  const given = ports.map((port) => ({ port_id: port.id, ...fixedIp(ownAddress(ipam, port.mac_address)) }));
  const parameters = [JSON.stringify(given), subnet.network_id];
  const rows = `jsonb_to_recordset($1::jsonb) AS g (port_id uuid, subnet_id uuid, ip_address text)`;
  await tx.query(
    `INSERT INTO ip_allocations (network_id, subnet_id, ip_address, port_id) SELECT $2, g.subnet_id, g.ip_address::inet, g.port_id FROM ${rows}`,
    parameters,
  );
  await tx.query(
    `UPDATE ports p SET updated_at = now(), revision_number = p.revision_number + 1,
 fixed_ips = p.fixed_ips || jsonb_build_array(jsonb_build_object('subnet_id', g.subnet_id, 'ip_address', g.ip_address))
 FROM ${rows} WHERE p.id = g.port_id AND p.network_id = $2`,
    parameters,
  );
}

/**
 * Takes a subnet's addresses from the ports that have them through no wish of their own: the DHCP server's, and all of them where
 * addresses are automatic. False when other ports use the subnet.
 */
export async function removeFromPorts(tx: Queryable, subnet: SubnetValues): Promise<boolean> {
  const auto = isAuto(subnet);
  const users = await tx.query<{ device_owner: string }>(
    `SELECT DISTINCT p.device_owner FROM ip_allocations a JOIN ports p ON p.id = a.port_id WHERE a.subnet_id = $1`,
    [subnet.id],
  );
  const stays = (owner: string) => owner !== DHCP_OWNER && (!auto || owner.startsWith('network:router'));
  if (users.some((user) => stays(user.device_owner))) return false;
  await strip(tx, subnet.id, '%');
  return true;
}

/** The DHCP server has no address in a subnet without DHCP. */
export async function dropFromDhcpPort(tx: Queryable, subnet: SubnetValues): Promise<void> {
  const dropped = await strip(tx, subnet.id, DHCP_OWNER);
  await release(tx, dropped);
}

/** Removes a subnet's addresses from ports by owner, and the DHCP port altogether when it has none left. */
async function strip(tx: Queryable, subnetId: string, owner: string): Promise<FixedIp[]> {
  const dropped = await tx.query<{ port_id: string; ip: string }>(
    `DELETE FROM ip_allocations a USING ports p WHERE p.id = a.port_id AND a.subnet_id = $1 AND p.device_owner LIKE $2
 RETURNING a.port_id, host(a.ip_address) AS ip`,
    [subnetId, owner],
  );
  const ports = [...new Set(dropped.map((row) => row.port_id))].sort();
  if (ports.length === 0) return [];
  await tx.query(
    `UPDATE ports p SET updated_at = now(), revision_number = p.revision_number + 1,
 fixed_ips = (SELECT coalesce(jsonb_agg(f ORDER BY place), '[]') FROM jsonb_array_elements(p.fixed_ips) WITH ORDINALITY AS e (f, place)
 WHERE f->>'subnet_id' <> $2) WHERE p.id = ANY($1::uuid[])`,
    [ports, subnetId],
  );
  await tx.query(`DELETE FROM ports WHERE id = ANY($1::uuid[]) AND device_owner = $2 AND fixed_ips = '[]'`, [
    ports,
    DHCP_OWNER,
  ]);
  return dropped.map((row) => ({ subnet_id: subnetId, ip_address: row.ip }));
}
