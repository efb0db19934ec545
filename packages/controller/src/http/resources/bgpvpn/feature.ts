import type { Feature } from '../feature.ts';
import { bgpvpns } from './bgpvpns.ts';
import { networkAssociations } from './network-associations.ts';
import { portAssociations } from './port-associations.ts';
import { routerAssociations } from './router-associations.ts';
import { routerInterfaces } from './router-interfaces.ts';

/** BGP VPNs, as the API keeps them; nobody announces their routes yet. */
export const bgpvpn: Feature = {
  extensions: [
    {
      name: 'BGPVPN Extension',
      alias: 'bgpvpn',
      description: 'Provides support for BGP VPN interconnections',
      updated: '2014-06-10T17:00:00-00:00',
    },
    {
      name: 'BGPVPN Routes Control Extension',
      alias: 'bgpvpn-routes-control',
      description: 'Provides support for controlling routes advertised to a BGPVPN',
      updated: '2017-05-20T00:00:00-00:00',
    },
    {
      name: 'BGPVPN VXLAN VNI extension',
      alias: 'bgpvpn-vni',
      description: 'BGPVPN VXLAN VNI extension',
      updated: '2017-09-12T10:00:00-00:00',
    },
  ],
  resources: (base) => [bgpvpns, networkAssociations(base), routerAssociations(base), portAssociations(base) as never],
  mixins: () => ({ port: routerInterfaces }),
};
