import type { Feature } from '../feature.ts';
import { loggableResources } from './loggable-resources.ts';
import { logs } from './logs.ts';

/** Logging of what security groups decide. */
export const logging: Feature = {
  extensions: [
    {
      name: 'Logging API Extension',
      alias: 'logging',
      description: 'Provides a logging API for resources such as security group and firewall.',
      updated: '2017-01-01T10:00:00-00:00',
    },
  ],
  resources: () => [logs()],
  routes: () => [loggableResources],
};
