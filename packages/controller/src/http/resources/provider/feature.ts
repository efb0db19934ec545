import type { Feature } from '../feature.ts';
import { providerAttributes } from './provider-attributes.ts';
import { providerRules } from './provider-rules.ts';
import { segmentConflicts } from './reserve-segments.ts';
import type { SegmentSettings } from './segment-types.ts';

/** How networks are carried: network types, physical networks and segmentation ids; one segment or several. */
export function providerNetworks(settings: SegmentSettings): Feature {
  return {
    extensions: [
      {
        name: 'Multi Provider Network',
        alias: 'multi-provider',
        description: 'Expose mapping of virtual networks to multiple physical networks',
        updated: '2013-06-27T10:00:00-00:00',
      },
      {
        name: 'Network MTU',
        alias: 'net-mtu',
        description: 'Provides MTU attribute for a network resource.',
        updated: '2015-03-25T10:00:00-00:00',
      },
      {
        name: 'Network MTU (writable)',
        alias: 'net-mtu-writable',
        description: 'Provides a writable MTU attribute for a network resource.',
        updated: '2017-07-12T00:00:00-00:00',
      },
      {
        name: 'Provider Network',
        alias: 'provider',
        description: 'Expose mapping of virtual networks to physical networks',
        updated: '2012-09-07T10:00:00-00:00',
      },
    ],
    mixins: () => ({
      network: { attributes: providerAttributes, rules: providerRules(settings), conflicts: segmentConflicts },
    }),
  };
}
