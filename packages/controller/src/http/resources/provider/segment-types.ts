import { invalidInput } from '../../resource/value-types.ts';
import type { PhysicalNetwork } from './physical-networks.ts';
import type { NetworkType, WantedSegment } from './segment.ts';

export interface SegmentSettings {
  /** Largest packet, in bytes, that goes between hosts. */
  readonly underlayMtu: number;
  readonly physicalNetworks: readonly PhysicalNetwork[];
}

interface SegmentType {
  /** Bytes that it adds to a workload's packet. */
  readonly overhead: number;
  /** Segments have numbers. */
  readonly numbered: boolean;
  /** Throws 400 when there can be no such segment. */
  check(segment: WantedSegment, physicalNetworks: readonly PhysicalNetwork[]): void;
}

/** Outer IPv4 header (20), then UDP, VXLAN and Ethernet (30), or GRE with a key and Ethernet (22). */
const OVERHEAD = { vxlan: 50, gre: 42 } as const;
const LARGEST = { vlan: 4094, vxlan: 16_777_215, gre: 2_147_483_647 } as const;

/** The types that a network may have, and what is right for each. Only VXLAN is carried by drivers today. */
export const SEGMENT_TYPES: Readonly<Record<NetworkType, SegmentType>> = {
  local: { overhead: 0, numbered: false, check: (segment) => prohibit(segment, ['physical', 'number']) },
  flat: {
    overhead: 0,
    numbered: false,
    check(segment, physicalNetworks) {
      if (!segment.physical) throw invalidInput('physical_network required for flat provider network');
      if (!physicalNetworks.some(({ name }) => name === segment.physical)) {
        throw invalidInput(`physical_network '${segment.physical}' unknown for flat provider network`);
      }
      prohibit(segment, ['number']);
    },
  },
  vlan: {
    overhead: 0,
    numbered: true,
    check(segment, physicalNetworks) {
      if (!segment.physical) {
        if (segment.number === null) return;
        throw invalidInput('segmentation_id requires physical_network for VLAN provider network');
      }
      if (!physicalNetworks.some(({ name }) => name === segment.physical)) {
        throw invalidInput(`physical_network '${segment.physical}' unknown for VLAN provider network`);
      }
      checkNumber(segment, LARGEST.vlan);
    },
  },
  vxlan: { overhead: OVERHEAD.vxlan, numbered: true, check: (segment) => checkTunnel(segment, LARGEST.vxlan) },
  gre: { overhead: OVERHEAD.gre, numbered: true, check: (segment) => checkTunnel(segment, LARGEST.gre) },
};

/** Largest packet of a workload, in bytes, on a network of such segments. */
export function largestMtu(segments: readonly Pick<WantedSegment, 'type'>[], underlayMtu: number): number {
  return underlayMtu - Math.max(...segments.map(({ type }) => SEGMENT_TYPES[type].overhead), 0);
}

/** Throws 400 for a type that there is not, or a segment that cannot be. */
export function checkSegment(
  { type, physical, number }: { type: string | null; physical: string | null; number: number | null },
  { physicalNetworks }: SegmentSettings,
): WantedSegment {
  if (type === null) throw invalidInput('network_type required');
  if (!isType(type)) throw invalidInput(`network_type value '${type}' not supported`);
  const segment = { type, physical: physical === '' ? null : physical, number };
  SEGMENT_TYPES[type].check(segment, physicalNetworks);
  return segment;
}

function isType(type: string): type is NetworkType {
  return Object.hasOwn(SEGMENT_TYPES, type);
}

const FIELD_NAMES = { physical: 'physical_network', number: 'segmentation_id' } as const;

function prohibit(segment: WantedSegment, fields: readonly (keyof typeof FIELD_NAMES)[]): void {
  for (const field of fields) {
    if (segment[field]) throw invalidInput(`${FIELD_NAMES[field]} prohibited for ${segment.type} provider network`);
  }
}

function checkTunnel(segment: WantedSegment, largest: number): void {
  if (segment.physical) throw invalidInput(`provider:physical_network specified for ${segment.type} network`);
  checkNumber(segment, largest);
}

function checkNumber({ number }: WantedSegment, largest: number): void {
  if (number !== null && (number < 1 || number > largest)) {
    throw invalidInput(`segmentation_id out of range (1 through ${largest})`);
  }
}
