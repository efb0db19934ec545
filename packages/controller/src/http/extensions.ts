import type { Answer } from './answer.ts';

/** One alias of /v2.0/extensions; clients switch features on by it. */
export interface Extension {
  readonly name: string;
  readonly alias: string;
  readonly description: string;
  readonly updated: string;
}

const DAY = 'T10:00:00-00:00';

/** Only what really works here; texts as the field's own server gives them. */
export const EXTENSIONS: readonly Extension[] = [
  {
    name: 'Port Binding',
    alias: 'binding',
    description: 'Expose port bindings of a virtual port to external application',
    updated: `2014-02-03${DAY}`,
  },
  {
    name: 'DNS Integration',
    alias: 'dns-integration',
    description: 'Provides integration with DNS.',
    updated: '2015-08-15T18:00:00-00:00',
  },
  {
    name: 'Empty String Filtering Extension',
    alias: 'empty-string-filtering',
    description: 'Allow filtering by attributes with empty string value',
    updated: `2018-05-01${DAY}`,
  },
  {
    name: 'Neutron Extra DHCP options',
    alias: 'extra_dhcp_opt',
    description:
      'Extra options configuration for DHCP. For example PXE boot options to DHCP clients can be specified (e.g. tftp-server, server-ip-address, bootfile-name)',
    updated: '2013-03-17T12:00:00-00:00',
  },
  {
    name: 'Filter parameters validation',
    alias: 'filter-validation',
    description: 'Provides validation on filter parameters.',
    updated: `2018-07-04${DAY}`,
  },
  {
    name: 'IP address substring filtering',
    alias: 'ip-substring-filtering',
    description: 'Provides IP address substring filtering when listing ports',
    updated: '2017-11-28T09:00:00-00:00',
  },
  {
    name: 'Network MTU',
    alias: 'net-mtu',
    description: 'Provides MTU attribute for a network resource.',
    updated: `2015-03-25${DAY}`,
  },
  {
    name: 'Network MTU (writable)',
    alias: 'net-mtu-writable',
    description: 'Provides a writable MTU attribute for a network resource.',
    updated: '2017-07-12T00:00:00-00:00',
  },
  {
    name: 'Pagination support',
    alias: 'pagination',
    description: 'Extension that indicates that pagination is enabled.',
    updated: '2016-06-12T00:00:00-00:00',
  },
  {
    name: 'project_id field enabled',
    alias: 'project-id',
    description: 'Extension that indicates that project_id field is enabled.',
    updated: '2016-09-09T09:09:09-09:09',
  },
  {
    name: 'Provider Network',
    alias: 'provider',
    description: 'Expose mapping of virtual networks to physical networks',
    updated: `2012-09-07${DAY}`,
  },
  {
    name: 'If-Match constraints based on revision_number',
    alias: 'revision-if-match',
    description: 'Extension indicating that If-Match based on revision_number is supported.',
    updated: '2016-12-11T00:00:00-00:00',
  },
  {
    name: 'Sorting support',
    alias: 'sorting',
    description: 'Extension that indicates that sorting is enabled.',
    updated: '2016-06-12T00:00:00-00:00',
  },
  {
    name: 'standard-attr-description',
    alias: 'standard-attr-description',
    description: 'Extension to add descriptions to standard attributes',
    updated: `2016-02-10${DAY}`,
  },
  {
    name: 'Resource revision numbers',
    alias: 'standard-attr-revisions',
    description: 'This extension will display the revision number of neutron resources.',
    updated: `2016-04-11${DAY}`,
  },
  {
    name: 'Tag support for resources with standard attribute: port, subnet, network',
    alias: 'standard-attr-tag',
    description: 'Enables to set tag on resources with standard attribute.',
    updated: '2017-01-01T00:00:00-00:00',
  },
  {
    name: 'Resource timestamps',
    alias: 'standard-attr-timestamp',
    description:
      'Adds created_at and updated_at fields to all Neutron resources that have Neutron standard attributes.',
    updated: `2016-09-12${DAY}`,
  },
  {
    name: 'Tag Ports During Bulk Creation',
    alias: 'tag-ports-during-bulk-creation',
    description: 'Allow to tag ports during bulk creation',
    updated: '2019-12-29T19:00:00-00:00',
  },
];

export function listExtensions(): Answer {
  return { status: 200, body: { extensions: EXTENSIONS.map(shown) } };
}

/** Undefined for an alias that is not there. */
export function showExtension(alias: string): Answer | undefined {
  const extension = EXTENSIONS.find((one) => one.alias === alias);
  return extension && { status: 200, body: { extension: shown(extension) } };
}

function shown(extension: Extension) {
  return { ...extension, links: [] };
}
