import type { Feature } from '../feature.ts';

/** What every resource can do. */
export const common: Feature = {
  extensions: [
    {
      name: 'Empty String Filtering Extension',
      alias: 'empty-string-filtering',
      description: 'Allow filtering by attributes with empty string value',
      updated: '2018-05-01T10:00:00-00:00',
    },
    {
      name: 'Filter parameters validation',
      alias: 'filter-validation',
      description: 'Provides validation on filter parameters.',
      updated: '2018-07-04T10:00:00-00:00',
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
      updated: '2016-02-10T10:00:00-00:00',
    },
    {
      name: 'Resource revision numbers',
      alias: 'standard-attr-revisions',
      description: 'This extension will display the revision number of neutron resources.',
      updated: '2016-04-11T10:00:00-00:00',
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
      updated: '2016-09-12T10:00:00-00:00',
    },
    {
      name: 'Tag Ports During Bulk Creation',
      alias: 'tag-ports-during-bulk-creation',
      description: 'Allow to tag ports during bulk creation',
      updated: '2019-12-29T19:00:00-00:00',
    },
  ],
};
