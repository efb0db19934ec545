import type { Queryable } from '../../../store/store.ts';
import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, integer, nullable, produced, text } from '../../resource/value-types.ts';
import { checkRange } from './check-range.ts';

export type RangeValues = Values & {
  id: string;
  default: boolean;
  shared: boolean;
  project_id: string | null;
  network_type: string;
  physical_network?: string | null;
  minimum: number;
  maximum: number;
};

/** A range may have millions of free numbers; the list shows the lowest. */
const MOST_AVAILABLE = 4096;
const LARGEST_NUMBER = 2_147_483_647;

const SPACE = `CASE WHEN t.shared THEN segment_space(t.network_type, t.physical_network) ELSE 'range/' || t.id END`;
const AVAILABLE = `ARRAY(SELECT n FROM (SELECT f.first, f.last FROM free_ranges f WHERE f.space = ${SPACE}
 AND f.last >= t.minimum AND f.first <= t.maximum ORDER BY f.first LIMIT ${MOST_AVAILABLE}) f,
 LATERAL generate_series(greatest(f.first, t.minimum)::integer,
 least(f.last, t.maximum, greatest(f.first, t.minimum) + ${MOST_AVAILABLE - 1})::integer) AS n ORDER BY n LIMIT ${MOST_AVAILABLE})`;
const IN_RANGE = `s.network_type = t.network_type AND s.physical_network IS NOT DISTINCT FROM t.physical_network
 AND s.segmentation_id BETWEEN t.minimum AND t.maximum`;
const USED = `(SELECT coalesce(jsonb_object_agg(s.segmentation_id::text, n.project_id), '{}') FROM network_segments s
 JOIN networks n ON n.id = s.network_id WHERE ${IN_RANGE})`;

/** Numbers that networks get which name none: for all, or for one project. */
export const segmentRanges: Resource<RangeValues> = {
  name: 'network_segment_range',
  collection: 'network_segment_ranges',
  table: 'network_segment_ranges',
  notFound: (id) => new ApiError(404, 'NetworkSegmentRangeNotFound', `Network Segment Range ${id} could not be found.`),
  access: { read: ADMIN_ONLY, create: ADMIN_ONLY, update: ADMIN_ONLY, delete: ADMIN_ONLY },
  attributes: {
    ...IDENTITY,
    project_id: { ...IDENTITY.project_id, type: nullable(text()) },
    default: { type: bool, filter: true },
    shared: { type: bool, create: true, default: true, filter: true },
    network_type: { type: text(), create: true, required: true, filter: true },
    physical_network: { ...unlessNull(nullable(text(64))), create: true, filter: true },
    minimum: { type: integer(1, LARGEST_NUMBER), create: true, required: true, update: true },
    maximum: { type: integer(1, LARGEST_NUMBER), create: true, required: true, update: true },
    used: { type: produced({ type: 'object' }), column: null, select: USED },
    available: { type: produced({ type: 'array', items: { type: 'integer' } }), column: null, select: AVAILABLE },
    ...STANDARD,
    description: { type: nullable(text()), create: true, update: true, filter: true },
  },
  rules: {
    beforeCreate,
    afterCreate: (made, context) => follow(made, context),
    beforeUpdate,
    afterUpdate,
    beforeDelete: oneByOne(beforeDelete),
  },
};

function unlessNull(type: Attribute['type']): Attribute {
  return { type, derive: { from: [], value: (_, value) => value ?? undefined } };
}

async function beforeCreate(items: readonly RangeValues[], { tx }: RuleContext): Promise<void> {
  for (const item of items) {
    await checkRange(tx, item);
    if (item.network_type !== 'vlan') item.physical_network = null;
    if (item.shared) item.project_id = null;
  }
}

async function beforeUpdate(old: RangeValues, changes: Partial<RangeValues>, { tx }: RuleContext): Promise<void> {
  if (old.default) throw readOnly(old.id);
  const { minimum = old.minimum, maximum = old.maximum } = changes;
  if (minimum === old.minimum && maximum === old.maximum) return;
  await refuseUsed(tx, old, { minimum, maximum });
  await checkRange(tx, { ...old, minimum, maximum });
}

async function afterUpdate(_old: RangeValues, made: RangeValues, context: RuleContext): Promise<void> {
  await follow([made], context);
}

async function beforeDelete(old: RangeValues, { tx }: RuleContext): Promise<void> {
  if (old.default) throw readOnly(old.id);
  await refuseUsed(tx, old, { minimum: 0, maximum: 0 });
  // The row goes now, so that what is free is reckoned without it.
  await tx.query('SELECT free_ranges_close($1)', [`range/${old.id}`]);
  await tx.query('DELETE FROM network_segment_ranges WHERE id = $1', [old.id]);
  await rebuild(tx, old);
}

/** Throws 409 when a segment has a number of the range that would be left out. */
async function refuseUsed(
  tx: Queryable,
  range: RangeValues,
  { minimum, maximum }: { minimum: number; maximum: number },
): Promise<void> {
  const used = await tx.query(
    `SELECT FROM network_segment_ranges t JOIN network_segments s ON ${IN_RANGE}
 WHERE t.id = $1 AND s.segmentation_id NOT BETWEEN $2 AND $3 LIMIT 1`,
    [range.id, minimum, maximum],
  );
  if (used.length === 0) return;
  throw new ApiError(
    409,
    'NetworkSegmentRangeReferencedByProject',
    `Network Segment Range ${range.id} is referenced by one or more project networks.`,
  );
}

async function follow(made: readonly RangeValues[], context: RuleContext): Promise<void> {
  for (const range of made) await rebuild(context.tx, range);
  context.reread();
}

async function rebuild(tx: Queryable, range: RangeValues): Promise<void> {
  await tx.query('SELECT segment_spaces_rebuild($1, $2)', [range.network_type, range.physical_network ?? null]);
}

function readOnly(id: string): ApiError {
  return new ApiError(
    400,
    'NetworkSegmentRangeDefaultReadOnly',
    `Network Segment Range ${id} is a default segment range which could not be updated or deleted.`,
  );
}
