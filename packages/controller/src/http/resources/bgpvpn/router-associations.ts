import type { Resource } from '../../resource/definition.ts';
import { bool } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { ACCESS, commonAttributes, oneProject, targetAttribute } from './association.ts';
import { bgpvpnNotFound, onlyLayer3, routerAssociated, routerAssociationNotFound } from './bgpvpn-errors.ts';
import { refuseNetworkInVpn } from './routed-networks.ts';

/** /bgpvpn/bgpvpns/ID/router_associations */
export function routerAssociations(base: Built): Resource {
  return {
    name: 'router_association',
    collection: 'router_associations',
    parent: { resource: base.get('bgpvpn'), attribute: 'bgpvpn_id' },
    table: 'bgpvpn_routers',
    notFound: (id, bgpvpn = '') => routerAssociationNotFound(id, bgpvpn),
    access: ACCESS,
    attributes: {
      ...commonAttributes(base),
      router_id: targetAttribute(base.get('router')),
      advertise_extra_routes: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
    },
    conflicts: {
      bgpvpn_routers_key: ({ key }) => routerAssociated(key[0] ?? '', key[1] ?? ''),
      bgpvpn_routers_router_fkey: ({ key }) => base.get('router').notFound(key[0] ?? ''),
      bgpvpn_routers_bgpvpn_fkey: ({ key }) => bgpvpnNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) {
          await refuseNetworkInVpn(context.tx, String(item['router_id']));
          const vpn = context.referenced.get('bgpvpn_id')?.get(String(item['bgpvpn_id']));
          if (vpn?.['type'] !== 'l3') throw onlyLayer3();
          oneProject(item, 'router_id', context);
        }
      },
    },
  };
}
