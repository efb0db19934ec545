import type { Queryable } from '../../../store/store.ts';
import type { SubPort } from './check-sub-ports.ts';

/** Puts ports on a trunk. */
export async function carry(tx: Queryable, trunkId: string, subPorts: readonly SubPort[]): Promise<void> {
  if (subPorts.length === 0) return;
  await tx.query(
    `INSERT INTO sub_ports (trunk_id, port_id, segmentation_type, segmentation_id)
 SELECT $1, s.port_id, s.segmentation_type, s.segmentation_id
 FROM jsonb_to_recordset($2::jsonb) AS s (port_id uuid, segmentation_type text, segmentation_id integer)`,
    [trunkId, JSON.stringify(subPorts)],
  );
}
