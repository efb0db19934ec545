import type { WantedIp } from '../http/resource/address-types.ts';
import type { Queryable } from '../store/store.ts';
import { allocate, type FixedIp, type IpamNetwork } from './allocate.ts';
import { hostNotCompatible } from './ipam-errors.ts';
import { isRouterInterface } from './plan-addresses.ts';
import { release } from './release.ts';
import { readWhere } from './routed-subnets.ts';

export interface Reallocation {
  readonly network: IpamNetwork;
  readonly portId: string;
  readonly mac: string;
  readonly deviceOwner: string;
  readonly host: string;
  readonly old: readonly FixedIp[];
  /** Undefined: all that it has, where addresses do not follow from the MAC. */
  readonly wanted: readonly WantedIp[] | undefined;
}

/**
 * Changes the addresses of a port to those wanted: keeps what it has of them, gives back what is no longer wanted, takes what is new.
 * Addresses that follow from the MAC are as the MAC says, wanted or not. Writes ip_allocations; gives all addresses it has then.
 */
export async function reallocate(tx: Queryable, change: Reallocation): Promise<FixedIp[]> {
  const { portId, mac, deviceOwner, host, old } = change;
  const where = await readWhere(tx, change.network, [host]);
  const subnets = where(change.network.subnets, { deviceOwner, host, wanted: change.wanted ?? old });
  const network = { id: change.network.id, subnets };
  const automatic = isRouterInterface(deviceOwner) ? [] : subnets.filter((subnet) => subnet.auto);
  const auto = new Set(automatic.map((subnet) => subnet.id));
  const { kept, added } = match(
    old.filter((ip) => !auto.has(ip.subnet_id)),
    change.wanted ?? old.filter((ip) => !auto.has(ip.subnet_id)),
  );
  const dropped = old.filter((ip) => !kept.includes(ip));
  if (dropped.length > 0) {
    await tx.query('DELETE FROM ip_allocations WHERE port_id = $1 AND ip_address = ANY($2::inet[])', [
      portId,
      dropped.map((ip) => ip.ip_address),
    ]);
    await release(tx, dropped);
  }
  const [fresh = []] = await allocate(tx, network, [{ mac, deviceOwner, host, wanted: added, kept }]);
  if (fresh.length > 0) await writeAllocations(tx, { networkId: network.id, portId, fixedIps: fresh });
  return [...kept, ...fresh];
}

/**
 * What a host means for the addresses of a port that comes to it: the first ones, where they waited for it; undefined when those that
 * it has stay. Throws 409 when they cannot be had there.
 */
export async function settleOnHost(
  tx: Queryable,
  { deferred, old, ...port }: Omit<Reallocation, 'wanted'> & { readonly deferred: boolean },
): Promise<FixedIp[] | undefined> {
  const { network, portId, mac, deviceOwner, host } = port;
  if (deferred && old.length === 0) {
    const [fixedIps = []] = await allocate(tx, network, [{ mac, deviceOwner, host, wanted: undefined }]);
    await writeAllocations(tx, { networkId: network.id, portId, fixedIps });
    return fixedIps;
  }
  if (old.length === 0) return undefined;
  const where = await readWhere(tx, network, [host]);
  const here = new Set(where(network.subnets, { deviceOwner, host, wanted: undefined }).map(({ id }) => id));
  if (old.some((ip) => !here.has(ip.subnet_id))) throw hostNotCompatible(host, portId);
  return undefined;
}

/** What of the old addresses the wishes ask for, and the wishes that are left. Wishes for a given address choose first. */
function match(old: readonly FixedIp[], wanted: readonly WantedIp[]): { kept: FixedIp[]; added: WantedIp[] } {
  const left = new Set(old);
  const kept: FixedIp[] = [];
  const added: WantedIp[] = [];
  const byName = wanted.filter((one) => one.ip_address !== undefined);
  const bySubnet = wanted.filter((one) => one.ip_address === undefined);
  for (const one of [...byName, ...bySubnet]) {
    const found = [...left].find(
      (ip) =>
        (one.ip_address === undefined || ip.ip_address === one.ip_address) &&
        (one.subnet_id === undefined || ip.subnet_id === one.subnet_id),
    );
    if (found === undefined) added.push(one);
    else {
      kept.push(found);
      left.delete(found);
    }
  }
  return { kept, added };
}

/** Writes down which port has which addresses. Violates ip_allocations_pkey when one is in use. */
export async function writeAllocations(
  tx: Queryable,
  { networkId, portId, fixedIps }: { networkId: string; portId: string; fixedIps: readonly FixedIp[] },
): Promise<void> {
  await tx.query(
    `INSERT INTO ip_allocations (network_id, subnet_id, ip_address, port_id)
 SELECT $1, f.subnet_id, f.ip_address, $2 FROM jsonb_to_recordset($3::jsonb) AS f (subnet_id uuid, ip_address inet)`,
    [networkId, portId, JSON.stringify(fixedIps)],
  );
}
