import { parseAddress } from '@netloom/core/net/address';
import type { FixedIp } from '../../../ipam/allocate.ts';
import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import type { RuleContext, Rules, Values } from '../../resource/definition.ts';
import { readRow } from '../../resource/locked-row.ts';
import type { Built } from '../feature.ts';
import { attachedPorts } from './router-subnets.ts';
import type { Gateway } from './router-values.ts';
import type { ServicePort } from './service-ports.ts';

export type ProxyValues = Values & { id: string; router_id: string; port_id: string; ip_address: string | null };

/** `scopeSql` gives the SQL for the IPv6 address scope of a network `t`. */
export function ndpProxyRules(base: Built, scopeSql: () => string): Rules<ProxyValues> {
  return {
    async beforeCreate(items, context) {
      for (const item of items) await settle(item, { base, context, scopeSql: scopeSql() });
    },
  };
}

async function settle(
  item: ProxyValues,
  { base, context, scopeSql }: { base: Built; context: RuleContext; scopeSql: string },
): Promise<void> {
  const { tx, caller } = context;
  const [routers, ports] = [base.get('router'), base.get('port')];
  const port = (await readRow(tx, ports, {
    id: item.port_id,
    caller,
    rule: 'get_port',
    conditions: ports.access.read,
    lock: true,
  })) as ServicePort;
  const attached = await attachedPorts(tx, item.router_id);
  const near = attached.filter((one) => one.network_id === port.network_id);
  if (near.length === 0) throw unreachable(item);
  const router = await readRow(tx, routers, {
    id: item.router_id,
    caller,
    rule: 'get_router',
    conditions: routers.access.read,
  });
  const gateway = router['external_gateway_info'] as Gateway | null;
  if (router['enable_ndp_proxy'] !== true || gateway === null) {
    throw new ApiError(
      409,
      'RouterNDPProxyNotEnable',
      `The enable_ndp_proxy parameter of router ${item.router_id} must be set as True while create ndp proxy entry on it.`,
    );
  }
  item.ip_address = chooseAddress(
    item,
    port,
    near.flatMap((one) => one.fixed_ips),
  );
  await refuseOtherScope(tx, { outside: gateway.network_id, inside: port.network_id, scopeSql });
}

function chooseAddress(item: ProxyValues, port: ServicePort, routers: readonly FixedIp[]): string {
  const own = port.fixed_ips.filter(isIpv6);
  if (own.length === 0) {
    throw new ApiError(
      400,
      'BadRequest',
      `Bad ndp_proxy request: Requested port ${port.id} must allocate one IPv6 address at least.`,
    );
  }
  const reached = new Set(routers.filter(isIpv6).map((ip) => ip.subnet_id));
  if (item.ip_address === null) {
    const found = own.find((ip) => reached.has(ip.subnet_id));
    if (found === undefined) throw unreachable(item);
    return found.ip_address;
  }
  const wanted = own.find((ip) => ip.ip_address === item.ip_address);
  if (wanted === undefined) throw invalidAddress(item.ip_address, `This address not belong to the port ${port.id}`);
  if (reached.has(wanted.subnet_id)) return wanted.ip_address;
  throw invalidAddress(item.ip_address, `This address cannot reach the router ${item.router_id}`);
}

function isIpv6(ip: FixedIp): boolean {
  return parseAddress(ip.ip_address)?.family === 6;
}

/** Between address scopes nothing is routed as it is. */
async function refuseOtherScope(
  tx: Queryable,
  { outside, inside, scopeSql }: { outside: string; inside: string; scopeSql: string },
): Promise<void> {
  const rows = await tx.query<{ id: string; scope: string | null }>(
    `SELECT t.id, ${scopeSql} AS scope FROM networks t WHERE t.id = ANY($1::uuid[])`,
    [[outside, inside]],
  );
  const scopeOf = (id: string) => rows.find((row) => row.id === id)?.scope ?? null;
  if (scopeOf(outside) === scopeOf(inside)) return;
  throw new ApiError(
    409,
    'AddressScopeConflict',
    `The IPv6 address scope ${scopeOf(outside) ?? 'None'} of external network conflict with internal network's IPv6 address scope ${scopeOf(inside) ?? 'None'}.`,
  );
}

function unreachable({ port_id: portId, router_id: routerId }: ProxyValues): ApiError {
  return new ApiError(
    409,
    'PortUnreachableRouter',
    `The port ${portId} cannot reach the router ${routerId} by IPv6 subnet.`,
  );
}

function invalidAddress(address: string, reason: string): ApiError {
  return new ApiError(400, 'InvalidAddress', `The address ${address} is invalid, reason: ${reason}.`);
}
