import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import type { RangeValues } from './segment-ranges.ts';

const LARGEST: Readonly<Record<string, number>> = { vlan: 4094, vxlan: 16_777_215, gre: 2_147_483_647 };

/** Throws 400 for a range that its type cannot have, 409 when it overlaps another one that the API made. */
export async function checkRange(tx: Queryable, range: RangeValues): Promise<void> {
  const { network_type: type, physical_network: physical = null, minimum, maximum } = range;
  const largest = LARGEST[type];
  if (largest === undefined) {
    throw fault(
      'NetworkSegmentRangeNetTypeNotSupported',
      `Network type ${type} does not support network segment ranges.`,
    );
  }
  if (type === 'vlan' && !physical) {
    throw fault(
      'BadRequest',
      "Bad network_segment_range request: Network type vlan requires 'physical_network' to be specified while creating new range.",
    );
  }
  const outside = [minimum, maximum].find((number) => number > largest);
  if (outside !== undefined)
    throw invalid(range, `${outside} is not a valid ${type === 'vlan' ? 'VLAN tag' : `${type} identifier`}`);
  if (maximum < minimum) {
    const kind = type === 'vlan' ? 'VLAN' : 'tunnel';
    throw invalid(range, `End of ${kind} range is less than start of ${kind} range`);
  }
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('netloom/segment-ranges', 0))`);
  const overlapping = await tx.query<{ id: string }>(
    `SELECT id FROM network_segment_ranges WHERE NOT "default" AND network_type = $1 AND physical_network IS NOT DISTINCT FROM $2
 AND minimum <= $4 AND maximum >= $3 AND id <> $5 ORDER BY id`,
    [type, type === 'vlan' ? physical : null, minimum, maximum, range.id],
  );
  if (overlapping.length === 0) return;
  throw new ApiError(
    409,
    'NetworkSegmentRangeOverlaps',
    `Network segment range overlaps with range(s) with id ${overlapping.map(({ id }) => id).join(', ')}`,
  );
}

function invalid({ network_type: type, minimum, maximum }: RangeValues, reason: string): ApiError {
  const text = `${minimum}:${maximum}`;
  return type === 'vlan'
    ? fault('NetworkVlanRangeError', `Invalid network VLAN range: '${text}' - '${reason}'.`)
    : fault('NetworkTunnelRangeError', `Invalid network tunnel range: '${text}' - ${reason}.`);
}

function fault(type: string, message: string): ApiError {
  return new ApiError(400, type, message);
}
