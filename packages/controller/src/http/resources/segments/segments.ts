import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { STANDARD } from '../../resource/standard-attributes.ts';
import { integer, invalidInput, nullable, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { reserveSegments, segmentConflicts } from '../provider/reserve-segments.ts';
import { checkSegment, largestMtu, type SegmentSettings } from '../provider/segment-types.ts';

type SegmentValues = Values & {
  id: string;
  network_id: string;
  network_type: string;
  physical_network?: string | null;
  segmentation_id?: number | null;
};

const LARGEST_INTEGER = 2_147_483_647;

/** Segments of networks, each an object of its own. */
export function segments(base: Built, settings: SegmentSettings): Resource<SegmentValues> {
  return {
    name: 'segment',
    collection: 'segments',
    table: 'network_segments',
    notFound: segmentNotFound,
    access: { read: ADMIN_ONLY, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
    facts: { project: `''::text` },
    attributes: {
      id: { type: uuid, filter: true, sort: true },
      network_id: {
        type: uuid,
        create: true,
        required: true,
        filter: true,
        sort: true,
        references: {
          resource: base.get('network'),
          also: {
            $project: 't.project_id',
            $mtu: 't.mtu',
            $next: '(SELECT coalesce(max(s.segment_index) + 1, 0) FROM network_segments s WHERE s.network_id = t.id)',
          },
          lock: true,
        },
      },
      name: { type: nullable(text()), create: true, update: true, filter: true, sort: true },
      description: { type: nullable(text()), create: true, update: true, filter: true, sort: true },
      physical_network: { type: text(64), create: true, filter: true, sort: true },
      network_type: { type: text(32), create: true, required: true, filter: true, sort: true },
      segmentation_id: { type: integer(0, LARGEST_INTEGER), create: true, sort: true },
      // Taken, and not kept: a segment is its network's.
      project_id: { type: text(), create: true, column: null, seen: 'never' },
      'netloom:segment_index': { type: integer(0, LARGEST_INTEGER), column: 'segment_index', seen: 'never' },
      created_at: STANDARD.created_at,
      updated_at: STANDARD.updated_at,
      revision_number: STANDARD.revision_number,
    },
    conflicts: segmentConflicts,
    rules: { beforeCreate: (items, context) => settle(items, context, settings), beforeDelete: oneByOne(beforeDelete) },
  };
}

async function settle(
  items: readonly SegmentValues[],
  { tx, referenced }: RuleContext,
  settings: SegmentSettings,
): Promise<void> {
  const requests = items.map((item) => {
    const network = referenced.get('network_id')?.get(item.network_id);
    const segment = checkSegment(
      { type: item.network_type, physical: item.physical_network ?? null, number: item.segmentation_id ?? null },
      settings,
    );
    const largest = largestMtu([segment], settings.underlayMtu);
    if (Number(network?.['$mtu']) > largest) throw invalidInput(`Requested MTU is too big, maximum is ${largest}`);
    return { ...segment, project: String(network?.['$project']) };
  });
  const reserved = await reserveSegments(tx, requests, settings);
  const places = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    const next = places.get(item.network_id) ?? Number(referenced.get('network_id')?.get(item.network_id)?.['$next']);
    places.set(item.network_id, next + 1);
    const { physical = null, number = null } = reserved[i] ?? {};
    Object.assign(item, { physical_network: physical, segmentation_id: number, 'netloom:segment_index': next });
  }
}

async function beforeDelete(old: SegmentValues, { tx }: RuleContext): Promise<void> {
  const users = await tx.query<{ id: string }>('SELECT id FROM subnets WHERE segment_id = $1 ORDER BY id', [old.id]);
  if (users.length === 0) return;
  const ids = users.map((subnet) => subnet.id).join(', ');
  throw new ApiError(
    409,
    'SegmentInUse',
    `Segment '${old.id}' cannot be deleted: The segment is still associated with subnet(s) ${ids}.`,
  );
}

export function segmentNotFound(id: string): ApiError {
  return new ApiError(404, 'SegmentNotFound', `Segment ${id} could not be found.`);
}
