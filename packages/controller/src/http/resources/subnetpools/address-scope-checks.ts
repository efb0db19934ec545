import { isTrusted } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { RuleContext } from '../../resource/definition.ts';
import { illegalPoolUpdate, scopeAffinity } from './pool-errors.ts';
import type { PoolValues } from './pool-rules.ts';
import { knownPrefixes } from './prefix-list-type.ts';
import { sharedPrefixes } from './prefix-set.ts';

/** Checks that a pool, as it is to be, may be in an address scope. Throws 400, or 409 when another pool there has its addresses. */
export async function checkAddressScope(
  pool: Pick<PoolValues, 'id' | 'ip_version' | 'prefixes'>,
  scopeId: string,
  { tx }: RuleContext,
): Promise<void> {
  // Locked: nobody puts another pool there meanwhile.
  const [scope] = await tx.query<{ ip_version: number }>(
    'SELECT ip_version FROM address_scopes WHERE id = $1 FOR NO KEY UPDATE',
    [scopeId],
  );
  if (scope !== undefined && scope.ip_version !== pool.ip_version) {
    throw new ApiError(
      400,
      'IllegalSubnetPoolIpVersionAssociationToAddressScope',
      `Illegal subnetpool association: subnetpool ${pool.id} cannot associate with address scope ${scopeId} because subnetpool ip_version is not ${scope.ip_version}.`,
    );
  }
  const split = await tx.query(
    `SELECT FROM subnets s JOIN subnets o ON o.network_id = s.network_id AND o.ip_version = s.ip_version
 LEFT JOIN subnetpools p ON p.id = o.subnetpool_id
 WHERE s.subnetpool_id = $1 AND o.subnetpool_id IS DISTINCT FROM $1 AND p.address_scope_id IS DISTINCT FROM $2 LIMIT 1`,
    [pool.id, scopeId],
  );
  if (split.length > 0) throw scopeAffinity();
  const others = await tx.query<{ prefixes: string[] }>(
    'SELECT prefixes FROM subnetpools WHERE address_scope_id = $1 AND id <> $2',
    [scopeId, pool.id],
  );
  const taken = knownPrefixes(others.flatMap((other) => other.prefixes));
  if (sharedPrefixes(knownPrefixes(pool.prefixes), taken).length === 0) return;
  throw new ApiError(
    409,
    'AddressScopePrefixConflict',
    'Failed to associate address scope: subnetpools within an address scope must have unique prefixes.',
  );
}

/** A pool in somebody else's scope stays as it is: its addresses are unique there. */
export async function refuseForeignScope(pool: PoolValues, { tx, caller }: RuleContext): Promise<void> {
  const scope = pool.address_scope_id;
  if (typeof scope !== 'string' || isTrusted(caller)) return;
  const foreign = await tx.query('SELECT FROM address_scopes WHERE id = $1 AND project_id IS DISTINCT FROM $2', [
    scope,
    caller.projectId,
  ]);
  if (foreign.length === 0) return;
  throw illegalPoolUpdate(`subnetpool ${pool.id} cannot be updated when associated with shared address scope ${scope}`);
}
