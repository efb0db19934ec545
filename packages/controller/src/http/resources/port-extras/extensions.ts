import type { Extension } from '../../extensions.ts';

/** What ports can do beyond the usual, with the texts of the field's own server. */
export const PORT_EXTENSIONS: readonly Extension[] = [
  {
    name: 'Port Bindings Extended',
    alias: 'binding-extended',
    description: 'Expose port bindings of a virtual port to external application',
    updated: '2017-07-17T10:00:00-00:00',
  },
  {
    name: 'Port data plane status extension',
    alias: 'data-plane-status',
    description: 'Expose status of underlying data plane',
    updated: '2017-01-24T10:00:00-00:00',
  },
  {
    name: 'IP Allocation',
    alias: 'ip_allocation',
    description: 'IP allocation extension.',
    updated: '2016-06-10T23:00:00-00:00',
  },
  {
    name: 'Port device profile',
    alias: 'port-device-profile',
    description: 'Expose the port device profile (Cyborg)',
    updated: '2020-12-17T10:00:00-00:00',
  },
  {
    name: 'Neutron Port MAC address regenerate',
    alias: 'port-mac-address-regenerate',
    description: 'Network port MAC address regenerate',
    updated: '2018-05-03T10:00:00-00:00',
  },
  {
    name: 'Neutron Port MAC address override',
    alias: 'port-mac-override',
    description: 'Allow overriding the MAC address of a direct-physical Port via the active binding profile',
    updated: '2022-03-18T10:00:00-00:00',
  },
  {
    name: 'Port NUMA affinity policy',
    alias: 'port-numa-affinity-policy',
    description: 'Expose the port NUMA affinity policy',
    updated: '2020-07-08T10:00:00-00:00',
  },
];
