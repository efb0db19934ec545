import type { Feature, Mixin } from '../feature.ts';
import { flowClassifiers } from './flow-classifiers.ts';
import { portChains } from './port-chains.ts';
import { portPairGroups } from './port-pair-groups.ts';
import { portPairs } from './port-pairs.ts';
import { serviceGraphs } from './service-graphs.ts';
import { portInUse } from './sfc-errors.ts';

/** Service function chaining, as the API keeps it; hosts do not send packets through chains yet. */
export const sfc: Feature = {
  extensions: [
    {
      name: 'Flow Classifier',
      alias: 'flow_classifier',
      description: 'Flow Classifier Extension.',
      updated: '2015-10-05T10:00:00-00:00',
    },
    {
      name: 'Service Function Chaining',
      alias: 'sfc',
      description: 'Service Function Chain extension.',
      updated: '2015-10-05T10:00:00-00:00',
    },
    {
      name: 'Networking SFC Passive Tap Service Function support',
      alias: 'networking-sfc-tap',
      description: 'Extension for Passive TAP Service Function support',
      updated: '2017-10-20T10:00:00-00:00',
    },
    {
      name: 'Service Graph',
      alias: 'service_graph',
      description: 'Service Graph extension.',
      updated: '2017-09-20T00:00:00-00:00',
    },
  ],
  resources: (base) => [
    flowClassifiers(base),
    portPairs(base) as never,
    portPairGroups(base) as never,
    portChains(base) as never,
    serviceGraphs(base) as never,
  ],
  mixins: () => ({ port: PORTS_IN_USE }),
};

/** Ports that classifiers and pairs name stay. */
const PORTS_IN_USE: Mixin = {
  conflicts: {
    sfc_flow_classifiers_source_fkey: ({ key }) => portInUse(key[0] ?? '', 'Flow Classifiers'),
    sfc_flow_classifiers_destination_fkey: ({ key }) => portInUse(key[0] ?? '', 'Flow Classifiers'),
    sfc_port_pairs_ingress_fkey: ({ key }) => portInUse(key[0] ?? '', 'Port Pairs'),
    sfc_port_pairs_egress_fkey: ({ key }) => portInUse(key[0] ?? '', 'Port Pairs'),
  },
};
