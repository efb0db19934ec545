import type { Queryable } from '../../../store/store.ts';
import type { WantedIp } from '../../resource/address-types.ts';
import type { Resource, RuleContext } from '../../resource/definition.ts';
import { type FoundNetwork, findNetwork } from './external-network.ts';
import { checkRoutes } from './extra-routes.ts';
import type { WantedGateway } from './gateway-type.ts';
import { badRequestFor, gatewayInUse, gatewayInUseByProxy } from './l3-errors.ts';
import { type AttachedPort, attachedPorts, refuseOverlap } from './router-subnets.ts';
import type { Gateway, RouterValues } from './router-values.ts';
import { changePort, GATEWAY_OWNER, makePort, removePort } from './service-ports.ts';

export interface L3Resources {
  readonly networks: Resource;
  readonly ports: Resource;
}

/** The external network that a gateway is wanted on. Throws 404 or 400 when it cannot be. */
export async function checkGateway(
  wanted: WantedGateway,
  { networks }: L3Resources,
  { tx, caller }: RuleContext,
): Promise<FoundNetwork> {
  const network = await findNetwork(tx, networks, { id: wanted.network_id, caller });
  if (!network.external) throw badRequestFor('router', `Network ${network.id} is not an external network`);
  for (const { ip_address: ip } of wanted.external_fixed_ips ?? []) {
    if (ip === undefined || !network.subnets.some((subnet) => subnet.gateway_ip === ip)) continue;
    throw badRequestFor('router', `External IP ${ip} is the same as the gateway IP`);
  }
  return network;
}

/** Makes the gateway port of a router and gives its id. */
export async function openGateway(
  routerId: string,
  wanted: WantedGateway,
  { resources: { ports }, context }: { resources: L3Resources; context: RuleContext },
): Promise<string> {
  const made = await makePort(
    ports,
    {
      network_id: wanted.network_id,
      device_id: routerId,
      device_owner: GATEWAY_OWNER,
      ...(wanted.external_fixed_ips?.length ? { fixed_ips: wanted.external_fixed_ips } : {}),
    },
    context,
  );
  return made.id;
}

/**
 * Brings the gateway of a router to what is wanted; gives the columns of the router that change by it. Throws 409 when a floating IP
 * needs the gateway.
 */
export async function moveGateway(
  router: RouterValues,
  wanted: WantedGateway | null,
  { resources, context }: { resources: L3Resources; context: RuleContext },
): Promise<Pick<RouterValues, 'gw_port_id' | 'enable_snat'>> {
  const network = wanted === null ? undefined : await checkGateway(wanted, resources, context);
  const attached = await attachedPorts(context.tx, router.id);
  const interfaces = attached.filter((port) => port.id !== router.gw_port_id);
  if (router.routes.length > 0) checkRoutes(router.id, router.routes, reachWith(interfaces, network));
  const enable_snat = wanted?.enable_snat ?? true;
  const old = router.external_gateway_info as Gateway | null;
  if (wanted && old?.network_id === wanted.network_id) {
    const ips = wanted.external_fixed_ips ?? [];
    if (router.gw_port_id !== null && addressesChange(old, ips)) {
      await changePort(resources.ports, { id: router.gw_port_id, fixed_ips: ips }, context);
    }
    return { gw_port_id: router.gw_port_id, enable_snat };
  }
  await closeGateway(router, resources, context);
  if (wanted === null || network === undefined) return { gw_port_id: null, enable_snat };
  refuseOverlap(interfaces, network.subnets);
  return { gw_port_id: await openGateway(router.id, wanted, { resources, context }), enable_snat };
}

/** Removes the gateway port of a router. Throws 409 when a floating IP needs it. */
export async function closeGateway(router: RouterValues, { ports }: L3Resources, context: RuleContext): Promise<void> {
  const gateway = router.external_gateway_info as Gateway | null;
  if (router.gw_port_id === null || gateway === null) return;
  const users = await context.tx.query('SELECT FROM floatingips WHERE router_id = $1 LIMIT 1', [router.id]);
  if (users.length > 0) throw gatewayInUse(router.id, gateway.network_id);
  await refuseProxies(router.id, context.tx);
  await removePort(ports, router.gw_port_id, context);
}

/** What a router reaches with a gateway on a network, before its port there has addresses. */
function reachWith(interfaces: readonly AttachedPort[], network: FoundNetwork | undefined) {
  const subnets = [...interfaces.flatMap((port) => port.subnets), ...(network?.subnets ?? [])];
  return {
    cidrs: subnets.map((subnet) => subnet.cidr),
    addresses: interfaces.flatMap((port) => port.fixed_ips).map((ip) => ip.ip_address),
  };
}

/** No wish for addresses is content with those there are. */
function addressesChange(old: Gateway, wanted: readonly WantedIp[]): boolean {
  if (wanted.length === 0) return false;
  const ips = old.external_fixed_ips;
  return (
    !sameSet(
      ips.map((ip) => ip.subnet_id),
      wanted.flatMap((ip) => ip.subnet_id ?? []),
    ) ||
    !sameSet(
      ips.map((ip) => ip.ip_address),
      wanted.flatMap((ip) => ip.ip_address ?? []),
    )
  );
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return new Set(one).symmetricDifference(new Set(other)).size === 0;
}

async function refuseProxies(routerId: string, tx: Queryable): Promise<void> {
  const proxies = await tx.query('SELECT FROM ndp_proxies WHERE router_id = $1 LIMIT 1', [routerId]);
  if (proxies.length > 0) throw gatewayInUseByProxy(routerId);
}
