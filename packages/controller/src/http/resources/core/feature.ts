import type { Extension } from '../../extensions.ts';
import type { Feature } from '../feature.ts';
import { networks } from './networks.ts';
import { ports } from './ports.ts';
import { subnets } from './subnets.ts';

/** Networks, subnets and ports. */
export function core(): Feature {
  return {
    extensions: EXTENSIONS,
    resources: (base) => [networks(), subnets(base.get('network'), base.get('subnetpool')), ports(base.get('network'))],
  };
}

const EXTENSIONS: readonly Extension[] = [
  {
    name: 'Port Binding',
    alias: 'binding',
    description: 'Expose port bindings of a virtual port to external application',
    updated: '2014-02-03T10:00:00-00:00',
  },
  {
    name: 'DNS Integration',
    alias: 'dns-integration',
    description: 'Provides integration with DNS.',
    updated: '2015-08-15T18:00:00-00:00',
  },
  {
    name: 'Neutron Extra DHCP options',
    alias: 'extra_dhcp_opt',
    description:
      'Extra options configuration for DHCP. For example PXE boot options to DHCP clients can be specified (e.g. tftp-server, server-ip-address, bootfile-name)',
    updated: '2013-03-17T12:00:00-00:00',
  },
  {
    name: 'IP address substring filtering',
    alias: 'ip-substring-filtering',
    description: 'Provides IP address substring filtering when listing ports',
    updated: '2017-11-28T09:00:00-00:00',
  },
];
