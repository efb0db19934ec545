import type { Queryable } from '../../../store/store.ts';
import { interfaceInUseByFloatingIp, interfaceInUseByProxy } from './l3-errors.ts';
import type { SubnetPrefix } from './router-subnets.ts';

/** An address behind a router that a floating IP, a port forwarding or an NDP proxy leads to keeps its subnet there. Throws 409. */
export async function refuseInterfaceUsers(tx: Queryable, routerId: string, subnet: SubnetPrefix): Promise<void> {
  const users = await tx.query<{ kind: string }>(
    `SELECT 'proxy' AS kind FROM ndp_proxies n JOIN ip_allocations a ON a.port_id = n.port_id AND a.ip_address = n.ip_address
 WHERE n.router_id = $1 AND a.subnet_id = $2
 UNION ALL SELECT 'floating IP' FROM floatingips f JOIN ip_allocations a ON a.port_id = f.fixed_port_id AND a.ip_address = f.fixed_ip_address
 WHERE f.router_id = $1 AND a.subnet_id = $2
 UNION ALL SELECT 'floating IP' FROM floatingips f JOIN port_forwardings p ON p.floatingip_id = f.id
 JOIN ip_allocations a ON a.port_id = p.internal_port_id AND a.ip_address = p.internal_ip_address
 WHERE f.router_id = $1 AND a.subnet_id = $2 LIMIT 1`,
    [routerId, subnet.id],
  );
  const kind = users[0]?.kind;
  if (kind === 'proxy') throw interfaceInUseByProxy(routerId, subnet.id);
  if (kind !== undefined) throw interfaceInUseByFloatingIp(routerId, subnet.id);
}
