import type { Queryable } from '../store/store.ts';
import type { FixedIp } from './allocate.ts';
import { giveBack } from './free-ranges.ts';
import { addressNumber, IPAM_SUBNET_JSON, type IpamSubnetRow, inPools, ipamSubnet } from './ipam-subnet.ts';

/** Gives addresses of ports back to the pools they are in. The caller removes them from ip_allocations in the same transaction. */
export async function release(tx: Queryable, fixedIps: readonly FixedIp[]): Promise<void> {
  if (fixedIps.length === 0) return;
  // The lock keeps the pools as read here until the addresses are back in them; its order is lockSubnets' own.
  const rows = await tx.query<{ subnet: IpamSubnetRow }>(
    `SELECT ${IPAM_SUBNET_JSON} AS subnet FROM subnets s WHERE s.id = ANY($1::uuid[]) ORDER BY s.id FOR NO KEY UPDATE`,
    [[...new Set(fixedIps.map((ip) => ip.subnet_id))]],
  );
  const subnets = rows.map((row) => ipamSubnet(row.subnet));
  const freed = subnets.flatMap((subnet) =>
    fixedIps
      .filter((ip) => ip.subnet_id === subnet.id && !subnet.auto)
      .map((ip) => ({ space: subnet.id, value: addressNumber(ip.ip_address) }))
      .filter(({ value }) => inPools(subnet, value)),
  );
  await giveBack(tx, freed);
}
