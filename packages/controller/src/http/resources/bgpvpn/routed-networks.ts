import type { Queryable } from '../../../store/store.ts';
import { INTERFACE_OWNERS } from '../l3/service-ports.ts';
import { networkHasRouter, routerHasNetwork } from './bgpvpn-errors.ts';

/*
 * A router takes the routes of its VPNs to its networks itself: a network is in a VPN either by itself or by its router.
 */

const OWNERS = INTERFACE_OWNERS.map((owner) => `'${owner}'`).join(', ');

/** Throws 400 when a router of the network is in VPNs. */
export async function refuseRouterInVpn(tx: Queryable, network: string): Promise<void> {
  const vpns = await tx.query<{ id: string }>(
    `SELECT DISTINCT a.bgpvpn_id AS id FROM ports p JOIN bgpvpn_routers a ON a.router_id::text = p.device_id
 WHERE p.network_id = $1 AND p.device_owner IN (${OWNERS}) ORDER BY 1`,
    [network],
  );
  if (vpns.length > 0) {
    throw networkHasRouter(
      network,
      vpns.map((vpn) => vpn.id),
    );
  }
}

/** Throws 400 when a network of the router is in VPNs. */
export async function refuseNetworkInVpn(tx: Queryable, router: string): Promise<void> {
  const [first] = await tx.query<{ network: string; bgpvpns: string[] }>(
    `SELECT p.network_id AS network, array_agg(DISTINCT a.bgpvpn_id) AS bgpvpns
 FROM ports p JOIN bgpvpn_networks a ON a.network_id = p.network_id
 WHERE p.device_id = $1 AND p.device_owner IN (${OWNERS}) GROUP BY 1 ORDER BY 1 LIMIT 1`,
    [router],
  );
  if (first !== undefined) throw routerHasNetwork(router, first);
}
