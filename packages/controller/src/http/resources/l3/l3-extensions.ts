import type { Extension } from '../../extensions.ts';

/** With the texts of the field's own server. */
export const L3_EXTENSIONS: readonly Extension[] = [
  {
    name: 'Distributed Virtual Router',
    alias: 'dvr',
    description: 'Enables configuration of Distributed Virtual Routers.',
    updated: '2014-06-1T10:00:00-00:00',
  },
  {
    name: 'Expose CT target rules for conntrack helper',
    alias: 'expose-l3-conntrack-helper',
    description: 'Expose allow adding CT target rules for conntrack helper',
    updated: '2019-04-04T10:00:00-00:00',
  },
  {
    name: 'Expose Floating IP port forwardings',
    alias: 'expose-port-forwarding-in-fip',
    description: 'Expose port forwarding fields in floating IP response',
    updated: '2018-06-28T16:00:00-00:00',
  },
  {
    name: 'Neutron L3 Configurable external gateway mode',
    alias: 'ext-gw-mode',
    description: 'Extension of the router abstraction for specifying whether SNAT should occur on the external gateway',
    updated: '2013-03-28T10:00:00-00:00',
  },
  {
    name: 'Neutron Extra Route',
    alias: 'extraroute',
    description: 'Extra routes configuration for L3 router',
    updated: '2013-02-01T10:00:00-00:00',
  },
  {
    name: 'Atomically add/remove extra routes',
    alias: 'extraroute-atomic',
    description: 'Edit extra routes of a router on server side by atomically adding/removing extra routes',
    updated: '2019-07-10T00:00:00+00:00',
  },
  {
    name: 'Floating IP Port Details Extension',
    alias: 'fip-port-details',
    description: 'Add port_details attribute to Floating IP resource',
    updated: '2018-04-09T10:00:00-00:00',
  },
  {
    name: 'Neutron Service Flavors',
    alias: 'flavors',
    description: 'Flavor specification for Neutron advanced services.',
    updated: '2015-09-17T10:00:00-00:00',
  },
  {
    name: 'Floating IP Port Forwarding',
    alias: 'floating-ip-port-forwarding',
    description: 'Allow port forwarding from floating IP port to an internal port',
    updated: '2018-01-19T10:00:00-00:00',
  },
  {
    name: 'Floating IP Port Forwarding new attribute description',
    alias: 'floating-ip-port-forwarding-description',
    description: 'Add a description field to Port Forwarding rules',
    updated: '2019-11-01T10:00:00-00:00',
  },
  {
    name: 'Floating IP port forwarding detail',
    alias: 'floating-ip-port-forwarding-detail',
    description: "Allow list floating ip return more port forwarding data, include'id' and 'internal_port_id'",
    updated: '2022-05-06T10:00:00-00:00',
  },
  {
    name: 'Floating IP Port Forwarding support port ranges',
    alias: 'floating-ip-port-forwarding-port-ranges',
    description: 'Add suport to port ranges',
    updated: '2020-07-01T10:00:00-00:00',
  },
  {
    name: 'Floating IP Pools Extension',
    alias: 'floatingip-pools',
    description: 'Provides a floating IP pools API.',
    updated: '2018-03-21T10:00:00-00:00',
  },
  {
    name: 'L3 Conntrack helper',
    alias: 'l3-conntrack-helper',
    description: 'Allow adding CT target rules for conntrack helper',
    updated: '2019-04-04T10:00:00-00:00',
  },
  {
    name: 'Router support to enable NDP proxy',
    alias: 'l3-ext-ndp-proxy',
    description: 'Router extension to enable ndp proxy',
    updated: '2020-08-25T00:00:00-00:00',
  },
  {
    name: 'Router Flavor Extension',
    alias: 'l3-flavors',
    description: 'Flavor support for routers.',
    updated: '2016-05-17T00:00:00-00:00',
  },
  {
    name: 'HA Router extension',
    alias: 'l3-ha',
    description: 'Adds HA capability to routers.',
    updated: '2014-04-26T00:00:00-00:00',
  },
  {
    name: 'name',
    alias: 'l3-ndp-proxy',
    description: 'description',
    updated: '2021-06-29T10:00:00-00:00',
  },
  {
    name: 'Prevent L3 router ports IP address change extension',
    alias: 'l3-port-ip-change-not-allowed',
    description: 'Prevent change of IP address for some L3 router ports',
    updated: '2018-10-09T10:00:00-00:00',
  },
  {
    name: 'Neutron L3 Router',
    alias: 'router',
    description:
      'Router abstraction for basic L3 forwarding between L2 Neutron networks and access to external networks via a NAT gateway.',
    updated: '2012-07-20T10:00:00-00:00',
  },
  {
    name: "Enforce Router's Admin State Down Before Update Extension",
    alias: 'router-admin-state-down-before-update',
    description:
      'Ensure that the admin state of a router is DOWN (admin_state_up=False) before updating the distributed attribute',
    updated: '2019-07-02T15:56:00',
  },
  {
    name: 'Router Availability Zone',
    alias: 'router_availability_zone',
    description: 'Availability zone support for router.',
    updated: '2015-01-01T10:00:00-00:00',
  },
];
