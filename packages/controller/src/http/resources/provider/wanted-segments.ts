import { ApiError } from '../../api-error.ts';
import type { Values } from '../../resource/definition.ts';
import { PROVIDER_ATTRIBUTES, type WantedSegment } from './segment.ts';
import { checkSegment, SEGMENT_TYPES, type SegmentSettings } from './segment-types.ts';
import type { GivenSegment } from './segments-type.ts';

/** What a network without provider attributes is carried by. */
const USUAL: WantedSegment = { type: 'vxlan', physical: null, number: null };

/** The segments that a new network asks for: at least one. Throws 400. */
export function wantedSegments(network: Values, settings: SegmentSettings): WantedSegment[] {
  const given = network['segments'] as readonly GivenSegment[] | null | undefined;
  const single = PROVIDER_ATTRIBUTES.some((name) => (network[name] ?? null) !== null);
  if (single && given)
    throw faultOfSegments('SegmentsSetInConjunctionWithProviders', 'Segments and provider values cannot both be set.');
  if (single) return [fromAttributes(network, settings)];
  if (!given) return [USUAL];
  const segments = given.map((one) => fromAttributes(one, settings));
  const whole = segments
    .filter(({ type, number }) => !SEGMENT_TYPES[type].numbered || number !== null)
    .map((segment) => JSON.stringify(segment));
  if (new Set(whole).size < whole.length) {
    throw faultOfSegments('SegmentsContainDuplicateEntry', 'Duplicate segment entry in request.');
  }
  return segments;
}

function fromAttributes(values: Values, settings: SegmentSettings): WantedSegment {
  return checkSegment(
    {
      type: (values['provider:network_type'] ?? null) as string | null,
      physical: (values['provider:physical_network'] ?? null) as string | null,
      number: (values['provider:segmentation_id'] ?? null) as number | null,
    },
    settings,
  );
}

function faultOfSegments(type: string, message: string): ApiError {
  return new ApiError(400, type, message);
}
