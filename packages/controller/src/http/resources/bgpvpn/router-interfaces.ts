import type { Queryable } from '../../../store/store.ts';
import type { Values } from '../../resource/definition.ts';
import type { Mixin } from '../feature.ts';
import { INTERFACE_OWNERS } from '../l3/service-ports.ts';
import { bothInVpn } from './bgpvpn-errors.ts';

const OWNERS: readonly unknown[] = INTERFACE_OWNERS;

/** No router gets a port on a network when both are in VPNs (see routed-networks.ts). */
export const routerInterfaces: Mixin = {
  rules: {
    async beforeCreate(items: readonly Values[], { tx }) {
      for (const item of items) if (OWNERS.includes(item['device_owner'])) await refuseBoth(tx, item);
    },
    async beforeUpdate(old: Values, changes: Values, { tx }) {
      if (OWNERS.includes(changes['device_owner'])) await refuseBoth(tx, { ...old, ...changes });
    },
  },
};

async function refuseBoth(tx: Queryable, { device_id: router, network_id: network }: Values): Promise<void> {
  const both = await tx.query(
    `SELECT WHERE EXISTS (SELECT FROM bgpvpn_routers a WHERE a.router_id::text = $1)
 AND EXISTS (SELECT FROM bgpvpn_networks a JOIN bgpvpns v ON v.id = a.bgpvpn_id WHERE a.network_id = $2 AND v.type = 'l3')`,
    [router, network],
  );
  if (both.length > 0) throw bothInVpn();
}
