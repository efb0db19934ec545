import type { Attribute } from '../../resource/definition.ts';
import { nullable, produced, uuid } from '../../resource/value-types.ts';
import type { Feature } from '../feature.ts';
import { portIsParent, portIsSubPort } from './trunk-errors.ts';
import { trunks } from './trunks.ts';

/** Trunks, and what the ports in them say of it. */
export const trunk: Feature = {
  extensions: [
    {
      name: 'Trunk Extension',
      alias: 'trunk',
      description: 'Provides support for trunk ports',
      updated: '2016-01-01T10:00:00-00:00',
    },
    {
      name: 'Trunk port details',
      alias: 'trunk-details',
      description: 'Expose trunk port details',
      updated: '2016-01-01T10:00:00-00:00',
    },
  ],
  resources: (base) => [trunks(base)],
  mixins: () => ({
    port: {
      attributes: { trunk_details: TRUNK_DETAILS, $carried_by: CARRIED_BY },
      conflicts: {
        trunks_port_id_fkey: ({ key, values }) => {
          const details = values[0]?.['trunk_details'] as { trunk_id?: string } | null | undefined;
          return portIsParent(key[0] ?? '', details?.trunk_id ?? '');
        },
        sub_ports_port_id_fkey: ({ key, values }) => portIsSubPort(key[0] ?? '', String(values[0]?.['$carried_by'])),
      },
    },
  }),
};

/** A port that is no trunk's parent has no such attribute. Where there are no trunks, which is found out once, it costs nothing. */
const TRUNK_DETAILS: Attribute = {
  type: produced({ type: 'object' }),
  column: null,
  select: `CASE WHEN (SELECT EXISTS (SELECT FROM trunks)) THEN (SELECT jsonb_build_object('trunk_id', k.id, 'sub_ports', (
 SELECT coalesce(jsonb_agg(jsonb_build_object('port_id', s.port_id, 'segmentation_type', s.segmentation_type,
 'segmentation_id', s.segmentation_id, 'mac_address', p.mac_address) ORDER BY s.place), '[]')
 FROM sub_ports s JOIN ports p ON p.id = s.port_id WHERE s.trunk_id = k.id)) FROM trunks k WHERE k.port_id = t.id) END`,
  derive: { from: [], value: (_, details) => details ?? undefined },
};

/** Named in the refusal to delete a port. */
const CARRIED_BY: Attribute = {
  type: nullable(uuid),
  seen: 'never',
  column: null,
  select: `(SELECT s.trunk_id FROM sub_ports s WHERE s.port_id = t.id)`,
};
