import type { Queryable } from '../../../store/store.ts';
import { INTERFACE_OWNERS } from '../l3/service-ports.ts';

export interface AdvertisedRoute extends Record<string, unknown> {
  /** A prefix, "203.0.113.5/32". */
  readonly destination: string;
  /** The address of a router on a gateway network of the speaker. */
  readonly next_hop: string;
}

const OWNERS = INTERFACE_OWNERS.map((owner) => `'${owner}'`).join(', ');

/** Routers that are up, with an address on a network of the speaker $1, of its IP version. */
const NEXT_HOPS = `next_hops AS (
 SELECT s.ip_version, r.id AS router_id, b.network_id, host(a.ip_address) AS next_hop
 FROM bgp_speakers s JOIN bgp_speaker_networks b ON b.bgp_speaker_id = s.id
 JOIN ip_allocations a ON a.network_id = b.network_id JOIN subnets n ON n.id = a.subnet_id AND n.ip_version = s.ip_version
 JOIN routers r ON r.gw_port_id = a.port_id AND r.admin_state_up WHERE s.id = $1)`;

/** Address scopes of the speaker's networks: prefixes of others need translation, and nobody outside hears of them. */
const SCOPES = `scopes AS (
 SELECT DISTINCT p.address_scope_id AS id FROM bgp_speakers s JOIN bgp_speaker_networks b ON b.bgp_speaker_id = s.id
 JOIN subnets n ON n.network_id = b.network_id AND n.ip_version = s.ip_version JOIN subnetpools p ON p.id = n.subnetpool_id
 WHERE s.id = $1 AND p.address_scope_id IS NOT NULL)`;

/**
 * The routes a speaker has to announce: to floating IPs of its networks (IPv4), and to the networks behind routers on them. Floating IPs
 * of distributed routers have no such next hop, and are left out.
 */
export async function advertisedRoutes(db: Queryable, speakerId: string): Promise<AdvertisedRoute[]> {
  return db.query<AdvertisedRoute>(
    `WITH ${NEXT_HOPS}, ${SCOPES}
 SELECT destination, next_hop FROM (
 SELECT 1 AS kind, f.floating_ip_address AS sort, host(f.floating_ip_address) || '/32' AS destination, h.next_hop
 FROM bgp_speakers s JOIN next_hops h ON h.ip_version = 4 JOIN routers r ON r.id = h.router_id AND NOT r.distributed
 JOIN floatingips f ON f.router_id = h.router_id AND f.floating_network_id = h.network_id
 WHERE s.id = $1 AND s.advertise_floating_ip_host_routes
 UNION SELECT 2, n.cidr, n.cidr::text, h.next_hop
 FROM bgp_speakers s JOIN next_hops h ON true
 JOIN ports i ON i.device_id = h.router_id::text AND i.device_owner IN (${OWNERS})
 JOIN ip_allocations a ON a.port_id = i.id JOIN subnets n ON n.id = a.subnet_id AND n.ip_version = s.ip_version
 JOIN subnetpools p ON p.id = n.subnetpool_id JOIN scopes ON scopes.id = p.address_scope_id
 WHERE s.id = $1 AND s.advertise_tenant_networks
 AND NOT EXISTS (SELECT FROM bgp_speaker_networks b WHERE b.bgp_speaker_id = s.id AND b.network_id = n.network_id)
 ) routes ORDER BY kind, sort, next_hop`,
    [speakerId],
  );
}
