import type { Queryable } from '../../../store/store.ts';
import type { RuleContext } from '../../resource/definition.ts';
import { INTERFACE_OWNERS } from '../l3/service-ports.ts';
import { portInvalid, portNotSupported, portsInUse } from './firewall-errors.ts';

const ROUTER_PORTS: readonly string[] = INTERFACE_OWNERS;
const WORKLOAD_PORT = 'compute:';

/** Groups have the ports of routers and of workloads on some host that have port security; and no two groups have the same port. */
export async function checkPorts(
  groupId: string,
  portIds: readonly string[],
  { tx, referenced }: RuleContext,
): Promise<void> {
  if (portIds.length === 0) return;
  for (const id of portIds) {
    const port = referenced.get('ports')?.get(id);
    const owner = String(port?.['device_owner']);
    if (ROUTER_PORTS.includes(owner)) continue;
    if (!owner.startsWith(WORKLOAD_PORT)) throw portInvalid(id);
    // Hosts do not look at what a port without port security sends and gets.
    if (port?.['host'] === '' || port?.['secured'] !== true) throw portNotSupported(id);
  }
  const taken = await tx.query<{ id: string }>(
    'SELECT port_id AS id FROM firewall_group_ports WHERE port_id = ANY($1::uuid[]) AND firewall_group_id <> $2 ORDER BY 1',
    [portIds, groupId],
  );
  if (taken.length > 0) throw portsInUse(taken.map((port) => port.id));
}

/** The port, whose row is locked, keeps its port security for as long as it has a firewall. */
export async function refuseUnsecured(portId: string, tx: Queryable): Promise<void> {
  const members = await tx.query('SELECT FROM firewall_group_ports WHERE port_id = $1', [portId]);
  if (members.length > 0) throw portNotSupported(portId);
}

/** Gives a group, whose row is locked, its ports. */
export async function writePorts(tx: Queryable, groupId: string, portIds: readonly string[]): Promise<void> {
  await tx.query('DELETE FROM firewall_group_ports WHERE firewall_group_id = $1 AND port_id <> ALL($2::uuid[])', [
    groupId,
    portIds,
  ]);
  await tx.query(
    `INSERT INTO firewall_group_ports (port_id, firewall_group_id) SELECT id, $1 FROM unnest($2::uuid[]) AS id
 WHERE NOT EXISTS (SELECT FROM firewall_group_ports b WHERE b.port_id = id AND b.firewall_group_id = $1)`,
    [groupId, portIds],
  );
}
