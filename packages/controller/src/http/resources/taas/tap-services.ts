import type { Resource } from '../../resource/definition.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { text } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { serviceNotFound } from './taas-errors.ts';
import { refuseForeignPort, tappedPort } from './tapped-port.ts';

/** Tap services: the ports that mirrored packets go to. No host mirrors yet, so each says DOWN. */
export function tapServices(base: Built): Resource {
  return {
    name: 'tap_service',
    collection: 'tap_services',
    path: 'taas/tap_services',
    table: 'tap_services',
    notFound: serviceNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      description: STANDARD.description,
      port_id: tappedPort(base),
      status: { type: text(), filter: true, sort: true },
    },
    conflicts: { tap_services_port_fkey: ({ key }) => base.get('port').notFound(key[0] ?? '') },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) refuseForeignPort(item, 'port_id', context);
      },
    },
  };
}
