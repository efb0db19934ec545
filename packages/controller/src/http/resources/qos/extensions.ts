import type { Extension } from '../../extensions.ts';

/** What stands for quality of service, with the texts of the field's own server. */
export const QOS_EXTENSIONS: readonly Extension[] = [
  {
    name: 'Quality of Service',
    alias: 'qos',
    description: 'The Quality of Service extension.',
    updated: '2015-06-08T10:00:00-00:00',
  },
  {
    name: 'Direction for QoS bandwidth limit rule',
    alias: 'qos-bw-limit-direction',
    description: 'Allow to configure QoS bandwidth limit rule with specific direction: ingress or egress',
    updated: '2017-04-10T10:00:00-00:00',
  },
  {
    name: 'Ingress direction for QoS minimum bandwidth rule',
    alias: 'qos-bw-minimum-ingress',
    description: 'Allow to configure QoS minumum bandwidth rule with ingress direction.',
    updated: '2018-07-09T10:00:00-00:00',
  },
  {
    name: 'QoS default policy',
    alias: 'qos-default',
    description: 'Expose the QoS default policy per project',
    updated: '2017-041-06T10:00:00-00:00',
  },
  {
    name: 'QoS port network policy ID',
    alias: 'qos-port-network-policy',
    description: 'Adds a the QoS network ID to the port definition',
    updated: '2019-11-01T10:00:00-00:00',
  },
  {
    name: 'QoS Rule Type Packet per Second Extension',
    alias: 'qos-pps',
    description: 'Add QoS Rule Type Packet per Second',
    updated: '2021-05-12T10:00:00-00:00',
  },
  {
    name: 'QoS minimum packet rate rule',
    alias: 'qos-pps-minimum',
    description: 'Allow to configure QoS minimum packet rate rule.',
    updated: '2021-07-14T10:00:00-00:00',
  },
  {
    name: 'QoS minimum packet rate rule alias',
    alias: 'qos-pps-minimum-rule-alias',
    description:
      'API to enable GET, PUT and DELETE operations on QoS minimum packet rate rule without specifying policy ID',
    updated: '2021-10-22T10:00:00-00:00',
  },
  {
    name: 'Details of QoS rule types',
    alias: 'qos-rule-type-details',
    description: 'Expose details about QoS rule types supported by loaded backend drivers',
    updated: '2017-06-22T10:00:00-00:00',
  },
  {
    name: 'Allow to filter the list of QoS rule types',
    alias: 'qos-rule-type-filter',
    description:
      'Allows to filter the QoS rule type list adding two new flags. "all_rules" prints all implemented QoS rule types."all_supported" prints all supported QoS rule types by the loaded mechanism drivers',
    updated: '2022-02-02T10:00:00-00:00',
  },
  {
    name: 'Quality of Service rules alias API',
    alias: 'qos-rules-alias',
    description: 'API to enable GET, PUT and DELETE operations on QoS policy rules without specifying policy ID',
    updated: '2018-10-07T10:00:00-00:00',
  },
  {
    name: 'Port Resource Request',
    alias: 'port-resource-request',
    description: 'Expose resource request to Port',
    updated: '2018-05-08T10:00:00-00:00',
  },
  {
    name: 'Port Resource Request Groups',
    alias: 'port-resource-request-groups',
    description:
      'Support requesting multiple groups of resources and traits from the same RP subtree in resource_request',
    updated: '2021-08-02T10:00:00-00:00',
  },
];

/** What stands for quality of service beyond the hosts. */
export const QOS_L3_EXTENSIONS: readonly Extension[] = [
  {
    name: 'Floating IP QoS',
    alias: 'qos-fip',
    description: 'The floating IP Quality of Service extension',
    updated: '2017-07-20T00:00:00-00:00',
  },
  {
    name: 'QoS floating IP network policy ID',
    alias: 'qos-fip-network-policy',
    description: 'Adds a the QoS network ID to the floating IP definition',
    updated: '2021-11-15T10:00:00-00:00',
  },
  {
    name: 'Router gateway IP QoS',
    alias: 'qos-gateway-ip',
    description: 'The Router gateway IP Quality of Service extension',
    updated: '2018-02-24T00:00:00-00:00',
  },
];
