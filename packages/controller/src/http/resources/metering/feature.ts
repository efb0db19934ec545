import type { Feature } from '../feature.ts';
import { meteringLabelRules } from './label-rules.ts';
import { meteringLabels } from './labels.ts';

/** Metering of the traffic that routers forward. */
export const metering: Feature = {
  extensions: [
    {
      name: 'Neutron Metering',
      alias: 'metering',
      description: 'Neutron Metering extension.',
      updated: '2013-06-12T10:00:00-00:00',
    },
    {
      name: 'Neutron Metering with source and destination filtering',
      alias: 'metering_source_and_destination_fields',
      description:
        'Neutron Metering extension that enables the use of source and destination IP prefixes to create metering label rules.',
      updated: '2020-08-21T08:12:00-00:00',
    },
  ],
  resources: (base) => [meteringLabels(), meteringLabelRules(base)],
};
