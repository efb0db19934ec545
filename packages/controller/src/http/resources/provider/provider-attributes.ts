import { ADMIN_ONLY } from '../../access.ts';
import type { Attribute, Bind, Values } from '../../resource/definition.ts';
import { integer, nullable, text } from '../../resource/value-types.ts';
import type { ProviderValues } from './segment.ts';
import { givenSegments } from './segments-type.ts';

const LARGEST_INTEGER = 2_147_483_647;

const SEGMENTS = `(SELECT jsonb_agg(jsonb_build_object('provider:network_type', s.network_type,
 'provider:physical_network', s.physical_network, 'provider:segmentation_id', s.segmentation_id) ORDER BY s.segment_index, s.id)
 FROM network_segments s WHERE s.network_id = t.id)`;

/** Attributes of networks that say how they are carried: of the one segment, or in a list of several. */
export const providerAttributes: Readonly<Record<string, Attribute>> = {
  'provider:network_type': ofSegment('network_type', { ...text(32) }),
  'provider:physical_network': ofSegment('physical_network', nullable(text(64))),
  'provider:segmentation_id': ofSegment('segmentation_id', integer(0, LARGEST_INTEGER)),
  segments: {
    type: givenSegments,
    create: ADMIN_ONLY,
    seen: 'admin',
    column: null,
    select: SEGMENTS,
    derive: { from: [], value: (_, segments) => (segmentsOf(segments).length > 1 ? segments : undefined) },
  },
  // Of the first VXLAN segment.
  'netloom:vni': { type: integer(1, LARGEST_INTEGER), column: 'vni', seen: 'never' },
};

function ofSegment(
  column: 'network_type' | 'physical_network' | 'segmentation_id',
  type: Attribute['type'],
): Attribute {
  const name = `provider:${column}` as const;
  return {
    type,
    create: ADMIN_ONLY,
    update: ADMIN_ONLY,
    seen: 'admin',
    column: null,
    derive: { from: ['segments'], value: (row) => onlySegment(row)?.[name] },
    filter(values: readonly string[], bind: Bind) {
      const wanted = values
        .filter((one) => one !== '')
        .map((one) => type.fromText(one))
        .filter((one) => one !== undefined);
      const equal = `s."${column}" = ANY(${bind(wanted)}::${type.sql}[])`;
      const found = values.includes('') ? `(${equal} OR s."${column}" IS NULL)` : equal;
      return `t.id IN (SELECT s.network_id FROM network_segments s WHERE ${found})`;
    },
  };
}

export function segmentsOf(selected: unknown): readonly ProviderValues[] {
  return (selected ?? []) as readonly ProviderValues[];
}

/** Undefined for a network of several segments; without any, it has nothing to say. */
export function onlySegment(network: Values): ProviderValues | undefined {
  const segments = segmentsOf(network['segments']);
  if (segments.length > 1) return undefined;
  return (
    segments[0] ??
    ({ 'provider:network_type': null, 'provider:physical_network': null, 'provider:segmentation_id': null } as never)
  );
}
