import type { Queryable } from '../../../store/store.ts';
import type { RuleContext, Rules } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { checkZoneHints } from '../availability-zones/zone-hints.ts';
import type { Built } from '../feature.ts';
import { checkRoutes } from './extra-routes.ts';
import type { WantedGateway } from './gateway-type.ts';
import { proxyNotPossible, routerInUse } from './l3-errors.ts';
import { carriesProxies, settleProxies } from './proxy-gateway.ts';
import { L3_AGENT, scheduleRouter } from './router-agents.ts';
import { checkGateway, closeGateway, type L3Resources, moveGateway, openGateway } from './router-gateway.ts';
import { changeKind, chooseKind } from './router-kind.ts';
import { attachedPorts } from './router-subnets.ts';
import type { RouterValues } from './router-values.ts';
import { INTERFACE_OWNERS } from './service-ports.ts';

export function routerRules(base: Built): Rules<RouterValues> {
  return {
    async beforeCreate(items, context) {
      for (const router of items) await settleNew(router, resourcesOf(base), context);
    },
    async afterCreate(made, { tx }) {
      for (const router of made) await scheduleRouter(tx, router.id);
    },
    beforeUpdate: (old, changes, context) => change(old, changes, { resources: resourcesOf(base), context }),
    async afterUpdate(_old, made, { tx }) {
      await scheduleRouter(tx, made.id);
    },
    beforeDelete: oneByOne(async (router, context) => {
      const attached = await attachedPorts(context.tx, router.id);
      const interfaces = attached.filter((port) => INTERFACE_OWNERS.some((owner) => owner === port.device_owner));
      if (interfaces.length > 0) {
        throw routerInUse(
          router.id,
          interfaces.map((port) => port.id),
        );
      }
      await closeGateway(router, resourcesOf(base), context);
    }),
  };
}

function resourcesOf(base: Built): L3Resources {
  return { networks: base.get('network'), ports: base.get('port') };
}

async function settleNew(router: RouterValues, resources: L3Resources, context: RuleContext): Promise<void> {
  const { tx } = context;
  await chooseKind(router, tx);
  await checkZoneHints(tx, L3_AGENT, router.availability_zone_hints);
  const wanted = router.external_gateway_info as WantedGateway | null;
  router.enable_snat = wanted?.enable_snat ?? true;
  router.enable_ndp_proxy ??= false;
  if (wanted === null && router.enable_ndp_proxy) {
    throw proxyNotPossible(router.id, 'The request body not contain external gateway information');
  }
  if (wanted === null) return;
  await checkGateway(wanted, resources, context);
  if (router.enable_ndp_proxy && !(await carriesProxies(tx, resources.networks, wanted.network_id))) {
    throw proxyNotPossible(
      router.id,
      `The external network ${wanted.network_id} don't support IPv6 ndp proxy, the network has no IPv6 subnets or has no IPv6 address scope`,
    );
  }
  router.gw_port_id = await openGateway(router.id, wanted, { resources, context });
}

async function change(
  old: RouterValues,
  changes: Partial<RouterValues>,
  { resources, context }: { resources: L3Resources; context: RuleContext },
): Promise<void> {
  // Null leaves these as they are.
  for (const name of ['distributed', 'ha', 'enable_ndp_proxy'] as const)
    if (changes[name] === null) delete changes[name];
  await changeKind(old, changes, { ports: resources.ports, context });
  if (changes.routes !== undefined) await checkReach(old.id, changes.routes, context.tx);
  if (changes.external_gateway_info !== undefined) {
    const router = { ...old, routes: changes.routes ?? old.routes };
    const wanted = changes.external_gateway_info as WantedGateway | null;
    Object.assign(changes, await moveGateway(router, wanted, { resources, context }));
  }
  await settleProxies(old, changes, { networks: resources.networks, tx: context.tx });
}

async function checkReach(id: string, routes: RouterValues['routes'], tx: Queryable): Promise<void> {
  const attached = await attachedPorts(tx, id);
  const ips = attached.flatMap((port) => port.fixed_ips);
  const own = new Set(ips.map((ip) => ip.subnet_id));
  checkRoutes(id, routes, {
    cidrs: attached.flatMap((port) => port.subnets.filter((subnet) => own.has(subnet.id)).map((subnet) => subnet.cidr)),
    addresses: ips.map((ip) => ip.ip_address),
  });
}
