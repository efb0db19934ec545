import type { Values } from '../../resource/definition.ts';

export type NetworkType = 'local' | 'flat' | 'vlan' | 'vxlan' | 'gre';

/** How a network is carried, or a part of it. Number and physical network may still be open. */
export interface WantedSegment {
  readonly type: NetworkType;
  readonly physical: string | null;
  readonly number: number | null;
}

/** A segment as the attributes of a network say it. */
export interface ProviderValues {
  readonly 'provider:network_type': string;
  readonly 'provider:physical_network': string | null;
  readonly 'provider:segmentation_id': number | null;
}

export const PROVIDER_ATTRIBUTES = [
  'provider:network_type',
  'provider:physical_network',
  'provider:segmentation_id',
] as const;

export function providerValues({ type, physical, number }: WantedSegment): ProviderValues & Values {
  return {
    'provider:network_type': type,
    'provider:physical_network': physical,
    'provider:segmentation_id': number,
  };
}
