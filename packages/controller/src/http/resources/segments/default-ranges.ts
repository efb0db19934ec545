import type { Store } from '../../../store/store.ts';
import type { PhysicalNetwork } from '../provider/physical-networks.ts';

/** Makes the default VLAN ranges in the database those of the controller's options. Networks keep the numbers they have. */
export async function settleDefaultRanges(store: Store, physicalNetworks: readonly PhysicalNetwork[]): Promise<void> {
  const wanted = physicalNetworks.flatMap(({ name, vlans }) => vlans.map(({ first, last }) => ({ name, first, last })));
  await store.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('netloom/segment-ranges', 0))`);
    const changed = await tx.query<{ name: string }>(
      `WITH wanted AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS w (name text, first integer, last integer)),
 gone AS (
  DELETE FROM network_segment_ranges r WHERE r."default" AND r.network_type = 'vlan' AND NOT EXISTS (
   SELECT FROM wanted w WHERE w.name = r.physical_network AND w.first = r.minimum AND w.last = r.maximum)
  RETURNING r.physical_network AS name
 ), come AS (
  INSERT INTO network_segment_ranges ("default", network_type, physical_network, minimum, maximum)
   SELECT true, 'vlan', w.name, w.first, w.last FROM wanted w WHERE NOT EXISTS (
    SELECT FROM network_segment_ranges r WHERE r."default" AND r.network_type = 'vlan' AND r.physical_network = w.name
     AND r.minimum = w.first AND r.maximum = w.last)
  RETURNING physical_network AS name
 ) SELECT name FROM gone UNION SELECT name FROM come ORDER BY name`,
      [JSON.stringify(wanted)],
    );
    for (const { name } of changed) await tx.query(`SELECT segment_spaces_rebuild('vlan', $1)`, [name]);
  });
}
