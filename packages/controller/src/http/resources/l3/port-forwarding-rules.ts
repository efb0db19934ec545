import type { Queryable } from '../../../store/store.ts';
import type { ApiError } from '../../api-error.ts';
import type { RuleContext, Rules, Values } from '../../resource/definition.ts';
import { readRow } from '../../resource/locked-row.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { literal } from '../../resource/python-text.ts';
import type { Built } from '../feature.ts';
import { isIpv4, routerFor } from './floating-association.ts';
import { alreadyAssociated, badRequestFor, portHasFloatingIp } from './l3-errors.ts';
import type { ServicePort } from './service-ports.ts';

export type ForwardingValues = Values & {
  id: string;
  floatingip_id: string;
  protocol: string;
  internal_port_id: string;
  internal_ip_address: string;
  external_port?: number | null;
  external_port_range?: string | null;
  internal_port?: number | null;
  internal_port_range?: string | null;
  external_first: number;
  external_last: number;
  internal_first: number;
  internal_last: number;
};

interface FloatingIp {
  readonly id: string;
  readonly address: string;
  readonly networkId: string;
  readonly routerId: string | null;
  readonly portId: string | null;
}

export function forwardingRules(base: Built): Rules<ForwardingValues> {
  return {
    async beforeCreate(items, context) {
      for (const [i, item] of items.entries()) {
        const row = context.referenced.get('floatingip_id')?.get(item.floatingip_id) ?? {};
        await settleNew(item, floatingIpOf(row), { base, context });
        for (const other of items.slice(0, i)) refuseOverlap(item, other);
      }
    },
    async beforeUpdate(old, changes, context) {
      const floatingIp = await lockFloatingIp(context.tx, old.floatingip_id);
      const { external_first, external_last, internal_first, internal_last } = old;
      const before = { external_first, external_last, internal_first, internal_last };
      const after = { ...old, ...changes, ...before, ...portsOf(changes) };
      Object.assign(changes, portsOf(changes));
      checkPorts(after);
      const port = await targetPort(after, { base, context });
      if (changes.internal_port_id !== undefined) await refuseAssociated(context.tx, after);
      if (changes.internal_port_id !== undefined && changes.internal_port_id !== old.internal_port_id) {
        const subnetId = subnetOf(port, after.internal_ip_address);
        await attach(after, floatingIp, { subnetId, tx: context.tx });
      } else if (!port.fixed_ips.some((ip) => ip.ip_address === after.internal_ip_address)) {
        throw badRequestFor(
          'port_forwarding',
          `The internal IP does not correspond to an address on the internal port, which has fixed_ips ${literal(port.fixed_ips)}`,
        );
      }
      await refuseCollisions(context.tx, after);
      await touch(context.tx, floatingIp.id);
    },
    beforeDelete: oneByOne(async (old, { tx }) => {
      await lockFloatingIp(tx, old.floatingip_id);
      await letGo(tx, [old.id]);
    }),
  };
}

function floatingIpOf(row: Values): FloatingIp {
  const { id, $address: address, $network: networkId, $router: routerId, $port: portId } = row;
  return { id, address, networkId, routerId: routerId ?? null, portId: portId ?? null } as FloatingIp;
}

async function lockFloatingIp(tx: Queryable, id: string): Promise<FloatingIp> {
  const [row = {}] = await tx.query<Values>(
    `SELECT id, host(floating_ip_address) AS "$address", floating_network_id AS "$network", router_id AS "$router",
 fixed_port_id AS "$port" FROM floatingips WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  return floatingIpOf(row);
}

/**
 * Removes nothing itself: what floating IPs are without these forwardings. One that has no other leaves its router. Locks the floating IPs.
 */
export async function letGo(tx: Queryable, forwardings: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE floatingips f SET updated_at = now(), revision_number = f.revision_number + 1,
 router_id = CASE WHEN EXISTS (SELECT FROM port_forwardings o WHERE o.floatingip_id = f.id AND o.id <> ALL($1::uuid[])) THEN f.router_id END
 WHERE f.id IN (SELECT floatingip_id FROM port_forwardings WHERE id = ANY($1::uuid[]))`,
    [forwardings],
  );
}

async function touch(tx: Queryable, id: string): Promise<void> {
  await tx.query('UPDATE floatingips SET updated_at = now(), revision_number = revision_number + 1 WHERE id = $1', [
    id,
  ]);
}

interface Parts {
  readonly base: Built;
  readonly context: RuleContext;
}

async function settleNew(item: ForwardingValues, floatingIp: FloatingIp, parts: Parts): Promise<void> {
  const { tx } = parts.context;
  for (const side of ['external', 'internal'] as const) {
    if (!item[`${side}_port`] && !item[`${side}_port_range`]) {
      throw badRequestFor('port_forwarding', `Either ${side}_port or ${side}_port_range must be specified`);
    }
  }
  Object.assign(item, portsOf(item));
  checkPorts(item);
  const port = await targetPort(item, parts);
  const subnetId = subnetOf(port, item.internal_ip_address);
  await refuseCollisions(tx, item);
  await refuseAssociated(tx, item);
  if (floatingIp.portId !== null) {
    throw alreadyAssociated({
      floatingIp: { id: floatingIp.id, floating_ip_address: floatingIp.address },
      portId: item.internal_port_id,
      fixedIp: item.internal_ip_address,
      networkId: floatingIp.networkId,
    });
  }
  await attach(item, floatingIp, { subnetId, tx });
}

/** First and last ports, as far as they are given. */
function portsOf(given: Partial<ForwardingValues>): Partial<ForwardingValues> {
  const ports: Partial<ForwardingValues> = {};
  for (const side of ['external', 'internal'] as const) {
    const range = given[`${side}_port`] ? `${given[`${side}_port`]}` : given[`${side}_port_range`];
    if (!range) continue;
    const [first = 0, last = first] = range.split(':').map(Number);
    ports[`${side}_first`] = first;
    ports[`${side}_last`] = last;
  }
  return ports;
}

function checkPorts(forwarding: ForwardingValues): void {
  const inside = forwarding.internal_last - forwarding.internal_first;
  const outside = forwarding.external_last - forwarding.external_first;
  if (inside === 0 || inside === outside) return;
  throw badRequestFor(
    'port_forwarding',
    'Invalid ranges of internal and/or external ports. The relation between internal and external ports must be N-N or 1-N',
  );
}

/** The floating IP and the port are locked by now: no other forwarding of either comes meanwhile. */
async function refuseCollisions(tx: Queryable, forwarding: ForwardingValues): Promise<void> {
  const { id, protocol, internal_port_id, internal_ip_address, floatingip_id } = forwarding;
  const inside = [forwarding.internal_first, forwarding.internal_last] as const;
  const outside = [forwarding.external_first, forwarding.external_last] as const;
  const [other] = await tx.query<{ side: string; first: number; last: number }>(
    `SELECT 'internal' AS side, internal_first AS first, internal_last AS last FROM port_forwardings WHERE internal_port_id = $3
 AND internal_ip_address = $4::inet AND protocol = $2 AND id <> $1 AND internal_first <= $6::int AND internal_last >= $5::int
 UNION ALL SELECT 'external', external_first, external_last FROM port_forwardings WHERE floatingip_id = $7
 AND protocol = $2 AND id <> $1 AND external_first <= $9::int AND external_last >= $8::int LIMIT 1`,
    [id, protocol, internal_port_id, internal_ip_address, ...inside, floatingip_id, ...outside],
  );
  if (other === undefined) return;
  throw portCollision(other.side, {
    there: [other.first, other.last],
    asked: other.side === 'internal' ? inside : outside,
  });
}

/** The same between two forwardings of one request. */
function refuseOverlap(one: ForwardingValues, other: ForwardingValues): void {
  if (one.protocol !== other.protocol) return;
  const sameTarget =
    one.internal_port_id === other.internal_port_id && one.internal_ip_address === other.internal_ip_address;
  for (const side of ['internal', 'external'] as const) {
    const [first, last] = [`${side}_first`, `${side}_last`] as const;
    if ((side === 'internal' && !sameTarget) || one[first] > other[last] || other[first] > one[last]) continue;
    throw portCollision(side, { there: [other[first], other[last]], asked: [one[first], one[last]] });
  }
}

function portCollision(
  side: string,
  { there, asked }: { there: readonly number[]; asked: readonly number[] },
): ApiError {
  return badRequestFor(
    'port_forwarding',
    `There is a port collision with the ${side}_port_range. The following ranges collides: ${there.join(':')} and ${asked.join(':')}`,
  );
}

async function refuseAssociated(tx: Queryable, forwarding: ForwardingValues): Promise<void> {
  const [floatingIp] = await tx.query<{ id: string; floating_ip_address: string }>(
    'SELECT id, host(floating_ip_address) AS floating_ip_address FROM floatingips WHERE fixed_port_id = $1 LIMIT 1',
    [forwarding.internal_port_id],
  );
  if (floatingIp === undefined) return;
  throw portHasFloatingIp({
    floatingIp,
    portId: forwarding.internal_port_id,
    fixedIp: forwarding.internal_ip_address,
  });
}

async function targetPort(forwarding: ForwardingValues, { base, context }: Parts): Promise<ServicePort> {
  const ports = base.get('port');
  const { tx, caller } = context;
  const id = forwarding.internal_port_id;
  const port = await readRow(tx, ports, {
    id,
    caller,
    rule: 'get_port',
    conditions: ports.access.read,
    lock: true,
  });
  return port as ServicePort;
}

/** The subnet of an IPv4 address that a port has. */
function subnetOf(port: ServicePort, wanted: string): string {
  const addresses = port.fixed_ips.filter((ip) => isIpv4(ip.ip_address));
  if (addresses.length === 0) {
    throw badRequestFor(
      'port_forwarding',
      `Requested internal port ${port.id} must allocate an IPv4 address at least.`,
    );
  }
  const found = addresses.find((ip) => ip.ip_address === wanted);
  if (found !== undefined) return found.subnet_id;
  throw badRequestFor(
    'port_forwarding',
    `Requested internal IP address ${wanted} is not suitable for internal neutron port ${port.id}, as its fixed_ips are ${literal(addresses)}`,
  );
}

/** Finds the router that leads to the port, which must be the one that the floating IP is on already, if it is on one. */
async function attach(
  { internal_port_id: portId }: ForwardingValues,
  floatingIp: FloatingIp,
  { subnetId, tx }: { subnetId: string; tx: Queryable },
): Promise<void> {
  const router = await routerFor(tx, portId, { subnetId, networkId: floatingIp.networkId });
  if (router === undefined) {
    throw badRequestFor(
      'port_forwarding',
      `External network ${floatingIp.networkId} is not reachable from subnet ${subnetId}. Cannot set Port forwarding for port ${portId} with Floating IP ${floatingIp.id}`,
    );
  }
  if (floatingIp.routerId !== null && floatingIp.routerId !== router.id) {
    throw badRequestFor(
      'port_forwarding',
      `The Floating IP ${floatingIp.id} had been set on router ${floatingIp.routerId}, the internal Neutron port ${portId} can not reach it`,
    );
  }
  await tx.query(
    'UPDATE floatingips SET router_id = $2, updated_at = now(), revision_number = revision_number + 1 WHERE id = $1',
    [floatingIp.id, router.id],
  );
}
