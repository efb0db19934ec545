import type { FixedIp } from '../../../ipam/allocate.ts';
import type { Queryable } from '../../../store/store.ts';
import { isTrusted } from '../../access.ts';
import type { Caller } from '../../caller.ts';
import type { Rules } from '../../resource/definition.ts';
import type { Mixin } from '../feature.ts';
import { badRequestFor, deviceNotOwned, servicePortInUse, stillAssociated } from './l3-errors.ts';
import { letGo } from './port-forwarding-rules.ts';
import {
  FLOATING_IP_OWNER,
  GATEWAY_OWNER,
  HA_OWNER,
  INTERFACE_OWNER,
  INTERFACE_OWNERS,
  type ServicePort,
} from './service-ports.ts';

/** Ports that only their routers and floating IPs may give up; others go, and what leads to them leads nowhere then. */
const rules: Rules<ServicePort> = {
  async beforeCreate(items, { tx, caller, internal }) {
    if (internal) return;
    for (const port of items) await refuseForeignRouter(tx, port, caller);
  },

  async beforeUpdate(old, changes, { tx, caller, internal }) {
    if (!internal && (changes.device_id !== undefined || changes.device_owner !== undefined)) {
      await refuseForeignRouter(tx, { ...old, ...changes }, caller);
    }
    if (!internal && changes.fixed_ips !== undefined) await refuseNewAddresses(tx, old, changes.fixed_ips);
  },

  async afterUpdate(old, made, { tx }) {
    const kept = new Set(made.fixed_ips.map((ip) => ip.ip_address));
    const lost = old.fixed_ips.filter((ip) => !kept.has(ip.ip_address));
    if (lost.length > 0) await forget(tx, made.id, lost);
  },

  async beforeDelete(ports, { tx, caller, internal }) {
    if (!internal) for (const port of ports) await refuseServicePort(tx, port);
    const others = ports.filter((port) => port.device_owner !== FLOATING_IP_OWNER);
    const leading = await leadingTo(
      tx,
      others.map((port) => port.id),
      caller,
    );
    for (const port of others) {
      const foreign = leading.get(port.id);
      if (foreign && !isTrusted(caller)) throw stillAssociated(port.id);
      if (foreign !== undefined) await forget(tx, port.id, port.fixed_ips);
    }
  },
};

export const portMixin: Mixin = { rules };

/** Owners of ports whose IPv4 addresses nobody changes; of gateways they may be changed. */
const STEADY_OWNERS = new Set<string>([
  ...INTERFACE_OWNERS,
  'network:router_ha_interface',
  'network:router_centralized_snat',
]);

const SERVICE_OWNERS = new Set<string>([HA_OWNER, INTERFACE_OWNER, GATEWAY_OWNER]);

/** Throws 409 for a port that somebody makes look like an interface of another project's router. */
async function refuseForeignRouter(
  tx: Queryable,
  port: Pick<ServicePort, 'device_id' | 'device_owner' | 'project_id'>,
  caller: Caller,
): Promise<void> {
  if (isTrusted(caller) || port.device_id === '' || !INTERFACE_OWNERS.some((owner) => owner === port.device_owner))
    return;
  const foreign = await tx.query('SELECT FROM routers WHERE id::text = $1 AND project_id <> $2', [
    port.device_id,
    port.project_id,
  ]);
  if (foreign.length > 0) throw deviceNotOwned(port.device_id);
}

/** What routes are about to lead to stays where it is: the IPv4 addresses of a router's ports change with the router only. Throws 400. */
async function refuseNewAddresses(tx: Queryable, port: ServicePort, fixedIps: readonly FixedIp[]): Promise<void> {
  if (!STEADY_OWNERS.has(port.device_owner)) return;
  const ipv4 = (ips: readonly FixedIp[]) => new Set(ips.map((ip) => ip.ip_address).filter((ip) => !ip.includes(':')));
  if (ipv4(port.fixed_ips).symmetricDifference(ipv4(fixedIps)).size === 0) return;
  const routers = await tx.query('SELECT FROM routers WHERE id::text = $1', [port.device_id]);
  if (routers.length > 0) throw badRequestFor('ports', `IP updates for port ${port.id} are not allowed`);
}

/** A port of a router or floating IP that is still there goes with it only. Throws 409. */
async function refuseServicePort(tx: Queryable, port: ServicePort): Promise<void> {
  const table = SERVICE_OWNERS.has(port.device_owner)
    ? 'routers'
    : port.device_owner === FLOATING_IP_OWNER
      ? 'floatingips'
      : undefined;
  if (table === undefined) return;
  const there = await tx.query(`SELECT FROM ${table} WHERE id::text = $1`, [port.device_id]);
  if (there.length > 0) throw servicePortInUse(port.id, port.device_owner);
}

/** Ports that anything leads to, and whether one such thing is a floating IP of another project. One round trip for all ports that go. */
async function leadingTo(
  tx: Queryable,
  portIds: readonly string[],
  caller: Caller,
): Promise<ReadonlyMap<string, boolean>> {
  if (portIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; foreign: boolean }>(
    `SELECT id, bool_or("foreign") AS foreign FROM (
 SELECT fixed_port_id AS id, project_id <> $2 AS "foreign" FROM floatingips WHERE fixed_port_id = ANY($1::uuid[])
 UNION ALL SELECT internal_port_id, false FROM port_forwardings WHERE internal_port_id = ANY($1::uuid[])
 UNION ALL SELECT port_id, false FROM ndp_proxies WHERE port_id = ANY($1::uuid[])) led GROUP BY id`,
    [portIds, caller.projectId ?? ''],
  );
  return new Map(rows.map((row) => [row.id, row.foreign]));
}

/** Nothing leads to these addresses of a port any more. */
async function forget(tx: Queryable, portId: string, lost: readonly FixedIp[]): Promise<void> {
  const addresses = lost.map((ip) => ip.ip_address);
  await tx.query(
    `UPDATE floatingips SET fixed_port_id = NULL, fixed_ip_address = NULL, router_id = NULL, status = 'DOWN', updated_at = now(),
 revision_number = revision_number + 1 WHERE fixed_port_id = $1 AND fixed_ip_address = ANY($2::inet[])`,
    [portId, addresses],
  );
  const forwardings = await tx.query<{ id: string }>(
    'SELECT id FROM port_forwardings WHERE internal_port_id = $1 AND internal_ip_address = ANY($2::inet[])',
    [portId, addresses],
  );
  if (forwardings.length > 0) {
    const ids = forwardings.map((forwarding) => forwarding.id);
    await letGo(tx, ids);
    await tx.query('DELETE FROM port_forwardings WHERE id = ANY($1::uuid[])', [ids]);
  }
  await tx.query('DELETE FROM ndp_proxies WHERE port_id = $1 AND ip_address = ANY($2::inet[])', [portId, addresses]);
}
