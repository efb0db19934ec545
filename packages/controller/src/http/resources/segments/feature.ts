import type { Attribute } from '../../resource/definition.ts';
import { bool } from '../../resource/value-types.ts';
import type { Feature } from '../feature.ts';
import type { SegmentSettings } from '../provider/segment-types.ts';
import { segmentRanges } from './segment-ranges.ts';
import { segments } from './segments.ts';
import { serviceTypes } from './service-types.ts';
import { subnetSegments } from './subnet-segments.ts';

/** Segments as objects, the ranges that their numbers come from, and subnets that are not for every port of their network. */
export function segmentsFeature(settings: SegmentSettings): Feature {
  return {
    extensions: [
      {
        name: 'L2 Adjacency',
        alias: 'l2_adjacency',
        description: 'Display L2 Adjacency for Neutron Networks.',
        updated: '2016-04-12T16:00:00-00:00',
      },
      {
        name: 'Neutron Network Segment Range',
        alias: 'network-segment-range',
        description: 'Provides support for the network segment range management',
        updated: '2018-11-29T00:00:00-00:00',
      },
      {
        name: 'Segment',
        alias: 'segment',
        description: 'Segments extension.',
        updated: '2016-02-24T17:00:00-00:00',
      },
      {
        name: 'Segments peer-subnet host routes',
        alias: 'segments-peer-subnet-host-routes',
        description: 'Add host routes to subnets on a routed network (segments)',
        updated: '2018-06-12T10:00:00-00:00',
      },
      {
        name: 'Standard Attribute Segment Extension',
        alias: 'standard-attr-segment',
        description: 'Add standard attributes to Segment resource',
        updated: '2018-04-09T10:00:00-00:00',
      },
      {
        name: 'Subnet SegmentID (writable)',
        alias: 'subnet-segmentid-writable',
        description: 'Provides a writable segment_id attribute for a subnet resource.',
        updated: '2018-03-12T00:00:00-00:00',
      },
      {
        name: 'Subnet service types',
        alias: 'subnet-service-types',
        description: 'Provides ability to set the subnet service_types field',
        updated: '2016-03-15T18:00:00-00:00',
      },
    ],
    resources: (base) => [segments(base, settings), segmentRanges],
    mixins: (base) => {
      const { attributes, ...rest } = subnetSegments(base);
      return {
        network: { attributes: { l2_adjacency: L2_ADJACENCY } },
        subnet: { attributes: { service_types: serviceTypes, ...attributes }, ...rest },
      };
    },
  };
}

/** Ports of a network whose subnets are on segments reach each other through routers. */
const L2_ADJACENCY: Attribute = {
  type: bool,
  column: null,
  select: `coalesce((SELECT s.segment_id IS NULL FROM subnets s WHERE s.network_id = t.id ORDER BY s.created_at, s.id LIMIT 1), true)`,
};
