import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import { attributeSql, type Resource } from '../../resource/definition.ts';
import { proxyNotPossible } from './l3-errors.ts';
import type { RouterValues } from './router-values.ts';

/** SQL over a network `t`: the address scope that its IPv6 subnets are of; null for none. */
export function ipv6ScopeSql(networks: Resource): string {
  const attribute = networks.attributes['ipv6_address_scope'];
  return attribute === undefined ? 'NULL::uuid' : attributeSql('ipv6_address_scope', attribute);
}

/** Whether addresses behind a router can be shown on an external network as they are: it routes IPv6 of a known scope. */
export async function carriesProxies(tx: Queryable, networks: Resource, networkId: string): Promise<boolean> {
  const rows = await tx.query(
    `SELECT FROM ${networks.table} t WHERE t.id = $1 AND ${ipv6ScopeSql(networks)} IS NOT NULL
 AND EXISTS (SELECT FROM subnets s WHERE s.network_id = t.id AND s.ip_version = 6)`,
    [networkId],
  );
  return rows.length > 0;
}

/** NDP proxies need a gateway with IPv6, and go off when there is no gateway. Throws 409. */
export async function settleProxies(
  old: RouterValues,
  changes: Partial<RouterValues>,
  { networks, tx }: { networks: Resource; tx: Queryable },
): Promise<void> {
  const gateway = changes.gw_port_id === undefined ? old.gw_port_id : changes.gw_port_id;
  if (changes.gw_port_id === null && changes.enable_ndp_proxy) {
    throw proxyNotPossible(old.id, "The router's external gateway will be unset");
  }
  if (changes.enable_ndp_proxy && !(await portCarriesProxies(tx, networks, gateway))) {
    throw proxyNotPossible(
      old.id,
      'The router has no external gateway or the external gateway port has no IPv6 address or IPv6 address scope',
    );
  }
  if (changes.gw_port_id === undefined || changes.enable_ndp_proxy !== undefined || !old.enable_ndp_proxy) return;
  if (gateway === old.gw_port_id && !(await portCarriesProxies(tx, networks, gateway))) {
    throw new ApiError(
      409,
      'RouterIPv6GatewayInUse',
      `Can't remove the IPv6 subnet from external gateway of router ${old.id}, the IPv6 subnet in use by the router's ndp proxy.`,
    );
  }
  if (gateway === null) changes.enable_ndp_proxy = false;
}

async function portCarriesProxies(tx: Queryable, networks: Resource, portId: string | null): Promise<boolean> {
  const [port] = await tx.query<{ network_id: string }>(
    `SELECT p.network_id FROM ports p WHERE p.id = $1
 AND EXISTS (SELECT FROM ip_allocations a WHERE a.port_id = p.id AND family(a.ip_address) = 6)`,
    [portId],
  );
  return port !== undefined && (await carriesProxies(tx, networks, port.network_id));
}
