import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import type { Conflict } from '../../resource/definition.ts';
import type { WantedSegment } from './segment.ts';
import { SEGMENT_TYPES, type SegmentSettings } from './segment-types.ts';

/** A segment that somebody's network needs. */
export interface SegmentRequest extends WantedSegment {
  readonly project: string;
}

/**
 * Takes a number for each segment that needs one, those asked for by number first, lest they are given to the others. What makes a
 * number unique is the segment's key in the database; `segmentConflicts` says what a violation means. Throws 503 when none is left.
 */
export async function reserveSegments(
  tx: Queryable,
  requests: readonly SegmentRequest[],
  settings: SegmentSettings,
): Promise<WantedSegment[]> {
  for (const { type, physical, number } of requests) {
    if (number !== null) await tx.query('SELECT segment_number_reserve($1, $2, $3)', [type, physical, number]);
  }
  const done = new Map<SegmentRequest, WantedSegment>();
  const open = requests.filter(({ type, number }) => SEGMENT_TYPES[type].numbered && number === null);
  const alike = Map.groupBy(open, ({ type, physical, project }) => JSON.stringify([type, physical, project]));
  for (const group of alike.values()) {
    const drawn = await drawSegments(tx, group, settings);
    for (const [i, request] of group.entries()) {
      const segment = drawn[i];
      if (segment === undefined) throw noneLeft();
      done.set(request, segment);
    }
  }
  return requests.map((request) => done.get(request) ?? request);
}

/** Segments for requests that are all alike; fewer when there are not so many. */
async function drawSegments(
  tx: Queryable,
  requests: readonly SegmentRequest[],
  { physicalNetworks }: SegmentSettings,
): Promise<WantedSegment[]> {
  const [first] = requests;
  if (first === undefined) return [];
  const { type, physical, project } = first;
  const candidates =
    type === 'vlan' && physical === null ? physicalNetworks.map((one): string | null => one.name) : [physical];
  const drawn: WantedSegment[] = [];
  for (const candidate of candidates) {
    const missing = requests.length - drawn.length;
    if (missing === 0) break;
    const rows = await tx.query<{ number: number }>('SELECT segment_numbers_take($1, $2, $3, $4) AS number', [
      type,
      candidate,
      project,
      missing,
    ]);
    drawn.push(...rows.map(({ number }) => ({ type, physical: candidate, number })));
  }
  return drawn;
}

/** Text of `default` networks in use, by the key that they would have shared. */
export const segmentConflicts: Readonly<Record<string, (conflict: Conflict) => ApiError>> = {
  networks_vni_key: ({ key }) => tunnelInUse(key[0]),
  network_segments_tunnel_key: ({ key }) => tunnelInUse(key[1]),
  network_segments_vlan_key: ({ key }) =>
    new ApiError(
      409,
      'VlanIdInUse',
      `Unable to create the network. The VLAN ${key[1]} on physical network ${key[0]} is in use.`,
    ),
  network_segments_flat_key: ({ key }) =>
    new ApiError(409, 'FlatNetworkInUse', `Unable to create the flat network. Physical network ${key[0]} is in use.`),
};

function tunnelInUse(number: string | undefined): ApiError {
  return new ApiError(409, 'TunnelIdInUse', `Unable to create the network. The tunnel ID ${number} is in use.`);
}

function noneLeft(): ApiError {
  return new ApiError(
    503,
    'NoNetworkAvailable',
    'Unable to create the network. No tenant network is available for allocation.',
  );
}
