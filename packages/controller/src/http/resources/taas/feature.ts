import type { Feature } from '../feature.ts';
import { tapFlows } from './tap-flows.ts';
import { tapMirrors } from './tap-mirrors.ts';
import { tapServices } from './tap-services.ts';

/** Tap as a service, as the API keeps it. Hosts do not mirror yet, and taps say so (`status`). */
export const taas: Feature = {
  extensions: [
    {
      name: 'Neutron Tap as a Service',
      alias: 'taas',
      description: 'Neutron Tap as a Service Extension.',
      updated: '2015-01-14T10:00:00-00:00',
    },
    {
      name: 'VLAN filtering for Neutron Tap as a Service',
      alias: 'taas-vlan-filter',
      description: 'Neutron Tap as a Service Extension for filtering VLANs.',
      updated: '2018-01-14T10:00:00-00:00',
    },
    {
      name: 'Tap as a Service GRE or ERSPAN mirror',
      alias: 'tap-mirror',
      description: 'Neutron Tap as a Service extension for GRE or ERSPAN mirroring.',
      updated: '2023-05-05T11:45:00-00:00',
    },
    {
      name: 'Tap as a Service mirror with BOTH direction support',
      alias: 'tap-mirror-both-direction',
      description: 'Neutron Tap as a Service extension mirroring with support for BOTH direction.',
      updated: '2025-12-15T11:45:00-00:00',
    },
  ],
  resources: (base) => [tapServices(base), tapFlows(base), tapMirrors(base)],
};
