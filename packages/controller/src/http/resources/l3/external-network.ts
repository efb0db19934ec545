import type { Queryable } from '../../../store/store.ts';
import { holds } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import { attributeSql, type Resource, type Values } from '../../resource/definition.ts';
import { factsOf, selectFacts } from '../../resource/selection.ts';

export interface ExternalSubnet {
  readonly id: string;
  readonly cidr: string;
  readonly ip_version: number;
  readonly gateway_ip: string | null;
}

export interface FoundNetwork {
  readonly id: string;
  readonly external: boolean;
  readonly subnets: readonly ExternalSubnet[];
}

/** SQL over a network `t`: whether it leads out. */
export function externalSql(networks: Resource): string {
  const attribute = networks.attributes['router:external'];
  return attribute === undefined ? 'FALSE' : attributeSql('router:external', attribute);
}

/** A network by its id, external or not. Throws 404 when the caller cannot see it. */
export async function findNetwork(
  tx: Queryable,
  networks: Resource,
  { id, caller }: { id: string; caller: Caller },
): Promise<FoundNetwork> {
  const [row] = await tx.query<Values>(
    `SELECT t.id, ${externalSql(networks)} AS external, ${selectFacts(networks)}, (
 SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'cidr', s.cidr::text, 'ip_version', s.ip_version,
 'gateway_ip', host(s.gateway_ip)) ORDER BY s.created_at, s.id), '[]') FROM subnets s WHERE s.network_id = t.id) AS subnets
 FROM ${networks.table} t WHERE t.id = $1`,
    [id],
  );
  if (row === undefined || !holds(networks.access.read, caller, factsOf(row))) throw networks.notFound(id);
  return { id, external: row['external'] === true, subnets: row['subnets'] as ExternalSubnet[] };
}
