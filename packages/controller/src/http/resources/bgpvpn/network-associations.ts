import type { Resource } from '../../resource/definition.ts';
import type { Built } from '../feature.ts';
import { ACCESS, commonAttributes, oneProject, targetAttribute } from './association.ts';
import { bgpvpnNotFound, networkAssociated, networkAssociationNotFound } from './bgpvpn-errors.ts';
import { refuseRouterInVpn } from './routed-networks.ts';

/** /bgpvpn/bgpvpns/ID/network_associations */
export function networkAssociations(base: Built): Resource {
  return {
    name: 'network_association',
    collection: 'network_associations',
    parent: { resource: base.get('bgpvpn'), attribute: 'bgpvpn_id' },
    table: 'bgpvpn_networks',
    notFound: (id, bgpvpn = '') => networkAssociationNotFound(id, bgpvpn),
    access: ACCESS,
    attributes: { ...commonAttributes(base), network_id: targetAttribute(base.get('network')) },
    conflicts: {
      bgpvpn_networks_key: ({ key }) => networkAssociated(key[0] ?? '', key[1] ?? ''),
      bgpvpn_networks_network_fkey: ({ key }) => base.get('network').notFound(key[0] ?? ''),
      bgpvpn_networks_bgpvpn_fkey: ({ key }) => bgpvpnNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) {
          await refuseRouterInVpn(context.tx, String(item['network_id']));
          oneProject(item, 'network_id', context);
        }
      },
    },
  };
}
