import { formatAddress } from '@netloom/core/net/address';
import { invalidInput } from '../http/resource/value-types.ts';
import type { Queryable } from '../store/store.ts';
import { lockSubnets, takeExact, takeMany } from './free-ranges.ts';
import { alreadyAllocated, noMoreAddresses, noServiceSubnet, subnetNotFound } from './ipam-errors.ts';
import { type IpamSubnet, inPools } from './ipam-subnet.ts';
import { type AddressRequest, type Need, planAddresses, SubnetElsewhere } from './plan-addresses.ts';
import { readWhere } from './routed-subnets.ts';

/** An address of a port, as the API shows it. */
export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

/** A network with the subnets to choose from, oldest first. */
export interface IpamNetwork {
  readonly id: string;
  readonly subnets: readonly IpamSubnet[];
}

/**
 * Takes addresses for ports of one network; gives them for each request in turn. The caller writes them to ip_allocations, whose key
 * is what makes them unique, in the same transaction. Throws what the API answers: 409 when an address is in use or none is left.
 */
export async function allocate(
  tx: Queryable,
  network: IpamNetwork,
  requests: readonly AddressRequest[],
): Promise<FixedIp[][]> {
  const plans = await planAll(tx, network, requests);
  const needs = plans.flat();
  await lockIfSeveral(tx, needs);
  await takeWanted(tx, needs);
  const taken = await takeFree(tx, network, needs);
  return plans.map((plan) => plan.map((need) => (need.kind === 'next' ? drawn(taken, need) : fixedIp(need))));
}

async function planAll(tx: Queryable, network: IpamNetwork, requests: readonly AddressRequest[]): Promise<Need[][]> {
  try {
    const where = await readWhere(tx, network, [...new Set(requests.map(({ host }) => host))]);
    return requests.map((request) => planAddresses(where(subnetsFor(network, request), request), request));
  } catch (error) {
    if (!(error instanceof SubnetElsewhere)) throw error;
    const { subnetId } = error;
    const rows = await tx.query('SELECT FROM subnets WHERE id = $1', [subnetId]);
    if (rows.length === 0) throw subnetNotFound(subnetId);
    throw invalidInput(
      `Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${subnetId}`,
    );
  }
}

/** The subnets that a port of this owner may have addresses of. Throws 409 when the network has only others. */
export function subnetsFor(
  network: IpamNetwork,
  { deviceOwner }: Pick<AddressRequest, 'deviceOwner'>,
): readonly IpamSubnet[] {
  const open = network.subnets.filter(
    ({ serviceTypes }) => serviceTypes.length === 0 || serviceTypes.includes(deviceOwner),
  );
  if (open.length === 0 && network.subnets.length > 0) throw noServiceSubnet(network.id, deviceOwner);
  return open;
}

/**
 * Whoever takes from one space only cannot be part of a circle of waiters. An address asked for by name also needs the subnet's
 * pools to stay as they are.
 */
async function lockIfSeveral(tx: Queryable, needs: readonly Need[]): Promise<void> {
  const subnets = needs.flatMap((need) => (need.kind === 'next' ? need.subnets : [need.subnet]));
  const ids = new Set(subnets.filter((subnet) => !subnet.auto).map((subnet) => subnet.id));
  const byName = needs.some((need) => need.kind === 'exact');
  if (ids.size > 1 || byName) await lockSubnets(tx, [...ids]);
}

/** Before the others, lest they are given to them. */
async function takeWanted(tx: Queryable, needs: readonly Need[]): Promise<void> {
  for (const need of needs) {
    if (need.kind !== 'exact' || need.subnet.auto || !inPools(need.subnet, need.address.value)) continue;
    if (await takeExact(tx, need.subnet.id, need.address.value)) continue;
    throw alreadyAllocated(formatAddress(need.address), need.subnet.id);
  }
}

type Taken = Map<string, FixedIp[]>;

/** Takes as many addresses at once as needs share their candidates. */
async function takeFree(tx: Queryable, network: IpamNetwork, needs: readonly Need[]): Promise<Taken> {
  const groups = new Map<string, { subnets: readonly IpamSubnet[]; count: number }>();
  for (const need of needs) {
    if (need.kind !== 'next') continue;
    const key = groupOf(need);
    groups.set(key, { subnets: need.subnets, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  const taken: Taken = new Map();
  for (const [key, { subnets, count }] of groups) {
    const addresses: FixedIp[] = [];
    for (const subnet of subnets) {
      if (addresses.length === count) break;
      for (const value of await takeMany(tx, subnet.id, count - addresses.length)) {
        addresses.push(fixedIp({ subnet, address: { family: subnet.prefix.family, value } }));
      }
    }
    if (addresses.length < count) throw noMoreAddresses(network.id);
    taken.set(key, addresses);
  }
  return taken;
}

function groupOf(need: Need & { kind: 'next' }): string {
  return need.subnets.map((subnet) => subnet.id).join();
}

function drawn(taken: Taken, need: Need & { kind: 'next' }): FixedIp {
  const address = taken.get(groupOf(need))?.shift();
  if (address === undefined) throw new Error('fewer addresses were taken than needed');
  return address;
}

export function fixedIp({ subnet, address }: Pick<Need & { kind: 'exact' }, 'subnet' | 'address'>): FixedIp {
  return { subnet_id: subnet.id, ip_address: formatAddress(address) };
}
