import { formatPrefix } from '@netloom/core/net/prefix';
import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import type { RuleContext, Rules, Values } from '../../resource/definition.ts';
import { checkAddressScope, refuseForeignScope } from './address-scope-checks.ts';
import { settleBounds } from './pool-bounds.ts';
import { illegalPrefixUpdate } from './pool-errors.ts';
import { knownPrefixes } from './prefix-list-type.ts';
import { compactPrefixes, subtractPrefixes } from './prefix-set.ts';

export type PoolValues = Values & {
  id: string;
  project_id: string;
  prefixes: readonly string[];
  ip_version: 4 | 6;
  default_prefixlen: number;
  min_prefixlen: number;
  max_prefixlen: number;
  address_scope_id?: string | null;
};

/** What subnet pools do beside keeping rows: their free blocks (0040-subnet-pools.sql) follow their prefixes. */
export const poolRules: Rules<PoolValues> = { beforeCreate, afterCreate, beforeUpdate, afterUpdate };

async function beforeCreate(items: readonly PoolValues[], context: RuleContext): Promise<void> {
  for (const item of items) {
    Object.assign(item, settlePrefixes(item.prefixes));
    Object.assign(item, settleBounds(item.ip_version, item));
    if (typeof item.address_scope_id === 'string') await checkAddressScope(item, item.address_scope_id, context);
  }
}

async function afterCreate(made: readonly PoolValues[], { tx }: RuleContext): Promise<void> {
  for (const pool of made) await freePrefixes(tx, pool.id, pool.prefixes);
}

async function beforeUpdate(old: PoolValues, changes: Partial<PoolValues>, context: RuleContext): Promise<void> {
  if (changes.prefixes !== undefined) {
    const { prefixes, ip_version: version } = settlePrefixes(changes.prefixes);
    const lost =
      version === old.ip_version ? subtractPrefixes(knownPrefixes(old.prefixes), knownPrefixes(prefixes)) : [0];
    if (lost.length > 0) throw illegalPrefixUpdate('Existing prefixes must be a subset of the new prefixes');
    changes.prefixes = prefixes;
  }
  settleBounds(old.ip_version, { ...old, ...changes });
  await refuseForeignScope(old, context);
  const scope = changes.address_scope_id === undefined ? old.address_scope_id : changes.address_scope_id;
  const moved = changes.prefixes !== undefined || scope !== old.address_scope_id;
  if (moved && typeof scope === 'string') await checkAddressScope({ ...old, ...changes }, scope, context);
}

async function afterUpdate(old: PoolValues, made: PoolValues, { tx }: RuleContext): Promise<void> {
  const added = subtractPrefixes(knownPrefixes(made.prefixes), knownPrefixes(old.prefixes));
  if (added.length > 0) await freePrefixes(tx, made.id, added.map(formatPrefix));
}

/** As few prefixes as hold the same addresses, and their family. Throws 400 when there is none, or two families. */
function settlePrefixes(texts: readonly string[]): Pick<PoolValues, 'prefixes' | 'ip_version'> {
  const prefixes = knownPrefixes(texts);
  const [first] = prefixes;
  if (first === undefined) throw new ApiError(400, 'EmptySubnetPoolPrefixList', 'Empty subnet pool prefix list.');
  if (prefixes.some((prefix) => prefix.family !== first.family)) {
    throw new ApiError(400, 'PrefixVersionMismatch', 'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.');
  }
  return { prefixes: compactPrefixes(prefixes).map(formatPrefix), ip_version: first.family };
}

async function freePrefixes(tx: Queryable, poolId: string, prefixes: readonly string[]): Promise<void> {
  await tx.query('SELECT subnetpool_give_back($1, prefix::cidr) FROM unnest($2::text[]) AS prefix', [poolId, prefixes]);
}
