import type { Queryable } from '../../../store/store.ts';
import { holds } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import { attributeSql, type Resource, type Values } from '../../resource/definition.ts';
import { factsOf, selectFacts } from '../../resource/selection.ts';
import type { Built } from '../feature.ts';

/** A port, as far as trunks care. */
export interface TrunkPort {
  readonly id: string;
  readonly networkId: string;
  readonly deviceId: string;
  readonly host: string;
  readonly vifType: string;
  readonly mtu: number;
  /** Of its network. */
  readonly segmentType: string | null;
  readonly segmentId: number | null;
  /** The trunk that it is the parent of. */
  readonly parentOf: string | null;
  /** The trunk that carries it. */
  readonly carriedBy: string | null;
}

/** Reads ports by id and keeps them from changing. Throws the not-found error of the first that the caller does not see. */
export async function readTrunkPorts(
  tx: Queryable,
  base: Built,
  { ids, caller }: { ids: readonly string[]; caller: Caller },
): Promise<ReadonlyMap<string, TrunkPort>> {
  const port = base.get('port');
  const rows = await tx.query<Values & TrunkPort>(
    `SELECT t.id, t.network_id AS "networkId", t.device_id AS "deviceId", t.host, ${sqlOf(port, 'binding:vif_type')} AS "vifType",
 n.mtu, k.network_type AS "segmentType", k.segmentation_id AS "segmentId",
 (SELECT u.id FROM trunks u WHERE u.port_id = t.id) AS "parentOf",
 (SELECT s.trunk_id FROM sub_ports s WHERE s.port_id = t.id) AS "carriedBy", ${selectFacts(port)}
 FROM ports t JOIN networks n ON n.id = t.network_id
 LEFT JOIN LATERAL (SELECT s.network_type, s.segmentation_id FROM network_segments s WHERE s.network_id = n.id
 ORDER BY s.segment_index, s.id LIMIT 1) k ON true
 WHERE t.id = ANY($1::uuid[]) ORDER BY t.id FOR NO KEY UPDATE OF t`,
    [ids],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  for (const id of ids) {
    const row = found.get(id);
    if (row === undefined || !holds(port.access.read, caller, factsOf(row))) throw port.notFound(id);
  }
  return found;
}

function sqlOf(resource: Resource, name: string): string {
  const attribute = resource.attributes[name];
  if (attribute === undefined) throw new Error(`${resource.name} has no attribute ${name}`);
  return attributeSql(name, attribute);
}

/** Whether its host could make a trunk of a port, or an ordinary port of a trunk: Open vSwitch cannot once the port is there. */
export function canBecomeTrunk({ host, vifType }: TrunkPort): boolean {
  return host === '' || vifType === 'bridge';
}
