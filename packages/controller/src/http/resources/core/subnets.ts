import { parsePrefix } from '@netloom/core/net/prefix';
import { subtractRanges } from '@netloom/core/net/range';
import { closeSpace, openSpace } from '../../../ipam/free-ranges.ts';
import { addressNumber, isAuto } from '../../../ipam/ipam-subnet.ts';
import { checkGateway, checkPools, defaultPools } from '../../../ipam/pools.ts';
import type { Queryable } from '../../../store/store.ts';
import type { Conditions } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import { allocationPools, cidr, hostRoutes, ipAddress, nameservers } from '../../resource/address-types.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY, STANDARD, sharedWhere } from '../../resource/standard-attributes.ts';
import { bool, choice, nullable, uuid } from '../../resource/value-types.ts';
import { nonNegative } from '../subnetpools/non-negative-type.ts';
import { POOL_FOR_SUBNETS, poolId, readNeighbours, takePrefix } from '../subnetpools/take-prefix.ts';
import { checkMtu } from './networks.ts';
import { checkSubnet, type SubnetValues, settleNewSubnet } from './subnet-checks.ts';
import { addToPorts, dropFromDhcpPort, removeFromPorts } from './subnet-ports.ts';

/** A subnet is shared with its network. */
const SHARED_WITH = '(SELECT n.shared_with FROM networks n WHERE n.id = t.network_id)';
const NETWORK_OWNER: Conditions = ['network_owner'];
const IPV6_MODE = choice('slaac', 'dhcpv6-stateful', 'dhcpv6-stateless');

/** Subnets of `networks`, with prefixes of their own or of `pools`. */
export function subnets(networks: Resource, pools: Resource): Resource<SubnetValues> {
  return {
    name: 'subnet',
    collection: 'subnets',
    table: 'subnets',
    quota: 'subnet',
    notFound: (id) => new ApiError(404, 'SubnetNotFound', `Subnet ${id} could not be found.`),
    access: {
      read: ['owner', 'shared', 'network_owner'],
      create: NETWORK_OWNER,
      update: ['owner', 'network_owner'],
      delete: ['owner', 'network_owner'],
    },
    facts: {
      sharedWith: SHARED_WITH,
      networkProject: '(SELECT n.project_id FROM networks n WHERE n.id = t.network_id)',
    },
    attributes: {
      ...IDENTITY,
      ip_version: { type: choice(4, 6), create: true, required: true, filter: true, sort: true },
      network_id: {
        type: uuid,
        create: true,
        required: true,
        filter: true,
        sort: true,
        references: { resource: networks, also: { $mtu: 't.mtu' }, lock: true, isNetwork: true },
      },
      subnetpool_id: {
        type: poolId,
        create: true,
        filter: true,
        sort: true,
        references: { resource: pools, also: POOL_FOR_SUBNETS },
      },
      use_default_subnetpool: { type: bool, create: true, default: false, column: null, seen: 'never' },
      prefixlen: { type: nonNegative, create: true, column: null, seen: 'never' },
      cidr: { type: nullable(cidr), create: true, select: 't.cidr::text', filter: true, sort: true },
      gateway_ip: {
        type: nullable(ipAddress),
        create: true,
        update: true,
        select: 'host(t.gateway_ip)',
        filter: true,
        sort: true,
      },
      allocation_pools: { type: allocationPools, create: true, update: true },
      dns_nameservers: { type: nameservers, create: true, update: true, default: [] },
      host_routes: { type: hostRoutes, create: true, update: true, default: [] },
      enable_dhcp: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
      ipv6_ra_mode: { type: IPV6_MODE, create: true, filter: true, sort: true },
      ipv6_address_mode: { type: IPV6_MODE, create: true, filter: true, sort: true },
      shared: { type: bool, column: null, seen: 'never', filter: sharedWhere(SHARED_WITH) },
      ...STANDARD,
    },
    conflicts: {
      subnets_network_id_fkey: ({ key }) => networks.notFound(key[0] ?? ''),
      ip_allocations_subnet_id_fkey: ({ key }) => subnetInUse(key[0] ?? ''),
    },
    rules: {
      beforeCreate: (items, context) => beforeCreate(items, { ...context, pools }),
      afterCreate,
      beforeUpdate,
      afterUpdate,
      beforeDelete: oneByOne(beforeDelete),
    },
  };
}

async function beforeCreate(
  items: readonly SubnetValues[],
  context: RuleContext & { readonly pools: Resource },
): Promise<void> {
  const { tx, referenced } = context;
  const known = await readNeighbours(tx, [...new Set(items.map((item) => item.network_id))]);
  for (const item of items) {
    const neighbours = known.filter((one) => one.network_id === item.network_id);
    const scope = await takePrefix(item, neighbours, context);
    settleNewSubnet(
      item,
      neighbours.map((one) => one.cidr),
    );
    const mtu = Number(referenced.get('network_id')?.get(item.network_id)?.['$mtu']);
    checkMtu({ id: item.network_id, mtu }, item.ip_version);
    const prefix = prefixOf(item);
    if (item.allocation_pools === undefined) item.allocation_pools = defaultPools(prefix, item.gateway_ip ?? null);
    const ranges = checkPools(prefix, item.allocation_pools, item.gateway_ip ?? null);
    if (!isAuto(item)) await openSpace(tx, item.id, ranges);
    known.push({ ...item, subnetpool_id: item.subnetpool_id ?? null, address_scope_id: scope });
  }
}

async function afterCreate(made: readonly SubnetValues[], { tx }: RuleContext): Promise<void> {
  for (const networkId of new Set(made.map((subnet) => subnet.network_id))) await touchNetwork(tx, networkId);
  for (const subnet of made) await addToPorts(tx, subnet);
}

async function beforeUpdate(old: SubnetValues, changes: Partial<SubnetValues>, { tx }: RuleContext): Promise<void> {
  checkSubnet({ ...old, ...changes }, { before: old, changed: changes });
  const prefix = prefixOf(old);
  const gateway = changes.gateway_ip === undefined ? (old.gateway_ip ?? null) : changes.gateway_ip;
  if (changes.allocation_pools !== undefined) {
    await reopenPools(tx, old, checkPools(prefix, changes.allocation_pools, gateway));
  } else if (changes.gateway_ip !== undefined) {
    const pools = (old.allocation_pools ?? []).map(({ start, end }) => ({
      first: addressNumber(start),
      last: addressNumber(end),
    }));
    checkGateway(prefix, pools, gateway);
  }
}

async function afterUpdate(old: SubnetValues, made: SubnetValues, { tx }: RuleContext): Promise<void> {
  if (made.enable_dhcp && !old.enable_dhcp) await addToPorts(tx, made);
  if (!made.enable_dhcp && old.enable_dhcp) await dropFromDhcpPort(tx, made);
}

/** Makes the addresses of new pools free, without those in use. Whoever takes one waits from the first statement on. */
async function reopenPools(
  tx: Queryable,
  subnet: SubnetValues,
  pools: readonly { first: bigint; last: bigint }[],
): Promise<void> {
  if (isAuto(subnet)) return;
  await closeSpace(tx, subnet.id);
  const rows = await tx.query<{ ip: string }>(
    'SELECT host(ip_address) AS ip FROM ip_allocations WHERE subnet_id = $1',
    [subnet.id],
  );
  const taken = rows.map(({ ip }) => addressNumber(ip)).map((value) => ({ first: value, last: value }));
  await openSpace(
    tx,
    subnet.id,
    pools.flatMap((pool) => subtractRanges(pool, taken)),
  );
}

async function beforeDelete(old: SubnetValues, { tx }: RuleContext): Promise<void> {
  await closeSpace(tx, old.id);
  if (!(await removeFromPorts(tx, old))) throw subnetInUse(old.id);
  await touchNetwork(tx, old.network_id);
}

/** A network's subnets are part of it: its revision moves on with them. */
async function touchNetwork(tx: Queryable, id: string): Promise<void> {
  await tx.query('UPDATE networks SET updated_at = now(), revision_number = revision_number + 1 WHERE id = $1', [id]);
}

function subnetInUse(id: string): ApiError {
  return new ApiError(
    409,
    'SubnetInUse',
    `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`,
  );
}

function prefixOf(subnet: Values) {
  const prefix = parsePrefix(String(subnet['cidr']));
  if (prefix === undefined) throw new Error(`subnet ${String(subnet['id'])} has no prefix`);
  return prefix;
}
