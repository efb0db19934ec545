import type { Extension } from '../../extensions.ts';

/** Texts as the field's own server gives them. */
export const SECURITY_GROUP_EXTENSIONS: readonly Extension[] = [
  {
    name: 'Address group',
    alias: 'address-group',
    description: 'Support address group',
    updated: '2020-07-15T10:00:00-00:00',
  },
  {
    name: 'Port filtering on security groups',
    alias: 'port-security-groups-filtering',
    description: 'Provides security groups filtering when listing ports',
    updated: '2018-01-09T09:00:00-00:00',
  },
  {
    name: 'security-group',
    alias: 'security-group',
    description: 'The security groups extension.',
    updated: '2012-10-05T10:00:00-00:00',
  },
  {
    name: 'Default rules for security groups',
    alias: 'security-groups-default-rules',
    description: 'Configure set of security group rules used as default rules for every new security group',
    updated: '2022-12-19T10:00:00-00:00',
  },
  {
    name: 'Normalized CIDR field for security group rules',
    alias: 'security-groups-normalized-cidr',
    description: 'Add new field with normalized remote_ip_prefix cidr in SG rule',
    updated: '2020-07-28T10:00:00-00:00',
  },
  {
    name: 'Remote address group id field for security group rules',
    alias: 'security-groups-remote-address-group',
    description: 'Add new field of remote address group id in SG rules',
    updated: '2020-08-25T10:00:00-00:00',
  },
  {
    name: 'Security group filtering on the shared field',
    alias: 'security-groups-shared-filtering',
    description: 'Support filtering security groups on the shared field',
    updated: '2021-10-05T09:00:00-00:00',
  },
  {
    name: 'Stateful security group',
    alias: 'stateful-security-group',
    description: 'Indicates if the security group is stateful or not',
    updated: '2019-11-26T09:00:00-00:00',
  },
];
