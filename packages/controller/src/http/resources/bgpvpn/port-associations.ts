import type { Resource, Values } from '../../resource/definition.ts';
import { bool } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { ACCESS, commonAttributes, oneProject, targetAttribute } from './association.ts';
import { bgpvpnNotFound, portAssociated, portAssociationNotFound } from './bgpvpn-errors.ts';
import { checkRoutes, type PortRoute, portRoutes, SELECT_ROUTES, writeRoutes } from './port-routes.ts';

type AssociationValues = Values & { id: string; bgpvpn_id: string; routes: readonly PortRoute[] };

/** /bgpvpn/bgpvpns/ID/port_associations */
export function portAssociations(base: Built): Resource<AssociationValues> {
  return {
    name: 'port_association',
    handle: 'bgpvpn_port_association',
    collection: 'port_associations',
    parent: { resource: base.get('bgpvpn'), attribute: 'bgpvpn_id' },
    table: 'bgpvpn_ports',
    notFound: (id, bgpvpn = '') => portAssociationNotFound(id, bgpvpn),
    access: ACCESS,
    attributes: {
      ...commonAttributes(base),
      port_id: targetAttribute(base.get('port')),
      routes: { type: portRoutes, create: true, update: true, default: [], column: null, select: SELECT_ROUTES },
      advertise_fixed_ips: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
    },
    conflicts: {
      bgpvpn_ports_key: ({ key }) => portAssociated(key[0] ?? '', key[1] ?? ''),
      bgpvpn_ports_port_fkey: ({ key }) => base.get('port').notFound(key[0] ?? ''),
      bgpvpn_ports_bgpvpn_fkey: ({ key }) => bgpvpnNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) {
          await checkRoutes(base, { own: oneProject(item, 'port_id', context), routes: item.routes }, context);
        }
      },
      async afterCreate(_made, context) {
        const items = (context.items as readonly AssociationValues[]).filter((item) => item.routes.length > 0);
        for (const item of items) await writeRoutes(context.tx, item.id, item.routes);
        if (items.length > 0) context.reread();
      },
      async beforeUpdate(old, { routes }, context) {
        if (routes === undefined) return;
        const [own = {}] = await context.tx.query<Values>('SELECT type, project_id FROM bgpvpns WHERE id = $1', [
          old.bgpvpn_id,
        ]);
        await checkRoutes(base, { own, routes }, context);
      },
      async afterUpdate(old, _made, context) {
        const [{ routes } = {}] = context.items as readonly Partial<AssociationValues>[];
        if (routes === undefined) return;
        await writeRoutes(context.tx, old.id, routes);
        context.reread();
      },
    },
  };
}
