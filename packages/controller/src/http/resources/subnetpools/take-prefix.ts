import { formatAddress } from '@netloom/core/net/address';
import { formatPrefix, lastOf, parsePrefix } from '@netloom/core/net/prefix';
import type { Queryable } from '../../../store/store.ts';
import { holds } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Caller } from '../../caller.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { factsOf, selectFacts } from '../../resource/selection.ts';
import { nullable, uuid, type ValueType } from '../../resource/value-types.ts';
import { badSubnet, notAllocated, poolAffinity, poolNotFound, scopeAffinity } from './pool-errors.ts';

/** The pool that agents of the field's server ask a router outside for; there is nothing like it here. */
const PREFIX_DELEGATION = 'prefix_delegation';

export const poolId: ValueType<string | null> = {
  ...nullable(uuid),
  parse(value) {
    if (value === PREFIX_DELEGATION) throw poolNotFound(PREFIX_DELEGATION);
    return nullable(uuid).parse(value);
  },
};

/** What rules read of the pool that a new subnet names. */
export const POOL_FOR_SUBNETS = {
  $version: 't.ip_version',
  $min: 't.min_prefixlen',
  $max: 't.max_prefixlen',
  $usual: 't.default_prefixlen',
  $quota: 't.default_quota',
  $scope: 't.address_scope_id',
} as const;

interface PoolFields {
  readonly id: string;
  readonly $version: number;
  readonly $min: number;
  readonly $max: number;
  readonly $usual: number;
  readonly $quota: number | null;
  readonly $scope: string | null;
}

/** A subnet that is on the network already, with what its pool says. */
export interface Neighbour {
  readonly network_id: string;
  readonly cidr: string;
  readonly ip_version: number;
  readonly subnetpool_id: string | null;
  readonly address_scope_id: string | null;
}

interface NewSubnet extends Values {
  readonly id: string;
  readonly project_id: string;
  readonly ip_version: 4 | 6;
  /** Null and absent until it is taken from a pool. */
  cidr: string | null | undefined;
  readonly prefixlen?: number | undefined;
  subnetpool_id?: string | null;
}

/** All subnets of networks; the networks are locked, so nobody adds one meanwhile. */
export async function readNeighbours(tx: Queryable, networkIds: readonly string[]): Promise<Neighbour[]> {
  return tx.query<Neighbour>(
    `SELECT s.network_id, s.cidr::text, s.ip_version, s.subnetpool_id, p.address_scope_id
 FROM subnets s LEFT JOIN subnetpools p ON p.id = s.subnetpool_id WHERE s.network_id = ANY($1::uuid[])`,
    [networkIds],
  );
}

/**
 * Settles where the prefix of a new subnet comes from, and takes it out of its pool; gives the pool's address scope. Throws 400 for
 * what cannot be, 409 when the pool has no such prefix left, or too much of it is the project's already.
 */
export async function takePrefix(
  subnet: NewSubnet,
  neighbours: readonly Neighbour[],
  context: RuleContext & { readonly pools: Resource },
): Promise<string | null> {
  const { cidr, prefixlen: length } = subnet;
  if (cidr && length !== undefined) throw badSubnet('cidr and prefixlen must not be supplied together');
  const pool = await poolOf(subnet, context);
  if (pool === undefined) {
    if (!cidr) throw badSubnet('a subnetpool must be specified in the absence of a cidr');
    checkAffinity(subnet, undefined, neighbours);
    return null;
  }
  if (!cidr && subnet['allocation_pools'] !== undefined) {
    throw badSubnet('allocation_pools allowed only for specific subnet requests.');
  }
  if (subnet.ip_version !== pool.$version) {
    throw badSubnet(`Cannot allocate IPv${subnet.ip_version} subnet from IPv${pool.$version} subnet pool`);
  }
  const wanted = cidr ? parsePrefix(cidr) : undefined;
  const size = wanted?.length ?? length ?? pool.$usual;
  checkLength(pool, size);
  subnet.subnetpool_id = pool.id;
  checkAffinity(subnet, pool, neighbours);
  // The prefix is taken first: that locks the pool, so what the project has of it stands still.
  const taken = await takeFromPool(context.tx, pool.id, wanted === undefined ? size : formatPrefix(wanted));
  subnet.cidr = taken;
  await checkQuota(context.tx, { subnet, length: size }, pool);
  if (wanted === undefined && subnet['gateway_ip'] === undefined) subnet['gateway_ip'] = secondAddress(taken);
  return pool.$scope;
}

async function poolOf(
  subnet: NewSubnet,
  { tx, caller, referenced, pools }: RuleContext & { readonly pools: Resource },
): Promise<PoolFields | undefined> {
  const { subnetpool_id: id } = subnet;
  if (typeof id === 'string') {
    if (subnet['use_default_subnetpool'] === true) {
      throw badSubnet('subnetpool_id and use_default_subnetpool cannot both be specified');
    }
    return referenced.get('subnetpool_id')?.get(id) as PoolFields | undefined;
  }
  if (subnet['use_default_subnetpool'] !== true) return undefined;
  return defaultPool(tx, subnet.ip_version, { pools, caller });
}

/** The pool for who names none: one for each family. */
async function defaultPool(
  tx: Queryable,
  version: 4 | 6,
  { pools, caller }: { pools: Resource; caller: Caller },
): Promise<PoolFields> {
  const fields = Object.entries(POOL_FOR_SUBNETS).map(([name, sql]) => `, ${sql} AS "${name}"`);
  const [row] = await tx.query<Values>(
    `SELECT t.id, ${selectFacts(pools)}${fields.join('')} FROM subnetpools t WHERE t.is_default AND t.ip_version = $1`,
    [version],
  );
  if (row !== undefined && holds(pools.access.read, caller, factsOf(row))) return row as unknown as PoolFields;
  throw badSubnet(`No default subnetpool found for IPv${version}`);
}

function checkLength({ $min: min, $max: max }: PoolFields, length: number): void {
  const fault = (type: string, bound: string) =>
    new ApiError(400, type, `Unable to allocate subnet with prefix length ${length}, ${bound}.`);
  if (length > max) throw fault('MaxPrefixSubnetAllocationError', `maximum allowed prefix is ${max}`);
  if (length < min) throw fault('MinPrefixSubnetAllocationError', `minimum allowed prefix is ${min}`);
}

/** Subnets of one family on a network are all of one pool, or all of pools in one address scope, or all of none. */
function checkAffinity(subnet: NewSubnet, pool: PoolFields | undefined, neighbours: readonly Neighbour[]): void {
  const alike = neighbours.filter((one) => one.ip_version === subnet.ip_version);
  const scope = alike.find((one) => one.address_scope_id !== null)?.address_scope_id;
  if (pool === undefined) {
    if (alike.some((one) => one.subnetpool_id !== null)) throw poolAffinity();
  } else if (scope !== undefined) {
    if (pool.$scope !== scope) throw scopeAffinity();
  } else if (alike.some((one) => one.subnetpool_id !== pool.id)) throw poolAffinity();
}

/** Takes this prefix, or any of this length. */
async function takeFromPool(tx: Queryable, id: string, wanted: string | number): Promise<string> {
  if (typeof wanted === 'string') {
    const [row] = await tx.query<{ taken: boolean }>('SELECT subnetpool_take_exact($1, $2::cidr) AS taken', [
      id,
      wanted,
    ]);
    if (row?.taken) return wanted;
    throw notAllocated('Cannot allocate requested subnet from the available set of prefixes');
  }
  const [row] = await tx.query<{ cidr: string | null }>('SELECT subnetpool_take_any($1, $2)::text AS cidr', [
    id,
    wanted,
  ]);
  if (row?.cidr) return row.cidr;
  throw notAllocated(`Insufficient prefix space to allocate subnet size /${wanted}`);
}

/** The gateway of a subnet whose client did not choose the prefix, in IPv6 too. */
function secondAddress(cidr: string): string | undefined {
  const prefix = parsePrefix(cidr);
  if (prefix === undefined || prefix.first === lastOf(prefix)) return undefined;
  return formatAddress({ family: prefix.family, value: prefix.first + 1n });
}

/** Counted in addresses; of IPv6 in prefixes of 64 bits. */
const QUOTA_UNIT = { 4: 32, 6: 64 } as const;

async function checkQuota(
  tx: Queryable,
  { subnet, length }: { subnet: NewSubnet; length: number },
  { id, $quota: quota }: PoolFields,
): Promise<void> {
  if (!quota) return;
  const [over] = await tx.query(
    `SELECT FROM (SELECT coalesce((SELECT used FROM subnetpool_usage WHERE pool_id = $1 AND project_id = $2), 0) AS used) u
 WHERE u.used + power(2::numeric, $3::integer) > $4::integer`,
    [id, subnet.project_id, QUOTA_UNIT[subnet.ip_version] - length, quota],
  );
  if (over === undefined) return;
  throw new ApiError(409, 'SubnetPoolQuotaExceeded', 'Per-tenant subnet pool prefix quota exceeded.');
}
