import { type Items, itemsOf } from '@netloom/core/delta/items';
import type { HostTables, TableName } from '@netloom/core/tables/host-tables';
import { DHCP_KIND } from '../dhcp/dhcp-item.ts';
import { openDhcpService } from '../dhcp/dhcp-service.ts';
import { renderDhcp } from '../dhcp/render-dhcp.ts';
import type { Driver, HostFacts } from '../driver.ts';
import type { DriverOptions } from '../driver-options.ts';
import type { DriverErrorCode } from '../errors.ts';
import { renderRouters } from '../router/render-routers.ts';
import { ROUTER_KIND } from '../router/router-item.ts';
import { openRouterService } from '../router/router-service.ts';
import { type ApplyContext, applySteps } from './apply.ts';
import { type Commander, openCommander } from './commander.ts';
import { probeFacts } from './facts.ts';
import { openFilters } from './filter/filters.ts';
import { isNftKind } from './filter/nft-item.ts';
import { makeFilterRenderer, unguardable } from './filter/render-filter.ts';
import { readRuleCounters } from './filter/rule-counters.ts';
import { ORDER } from './items.ts';
import { joinItems } from './joined-items.ts';
import { openPacketLog, PACKET_LOG_KIND, packetLogItems } from './log/packet-log.ts';
import { namespaceIdentity } from './namespace-identity.ts';
import { observeBridge } from './observe.ts';
import { openProbe } from './probe/open-probe.ts';
import { quickDiff } from './quick-diff.ts';
import { canFilter, makeBridgeRenderer } from './render.ts';
import { canReset } from './resets.ts';
import { openRulesetReader } from './ruleset-reader.ts';
import { guardSpecial, namespaceSpecial } from './specials.ts';
import { inOrder } from './step-order.ts';
import { openWatch } from './watch.ts';

/** Linux bridges and VXLAN devices in a network namespace of their own. Throws the coded errors of `probeFacts`. */
export function openBridgeDriver(options: DriverOptions, signal: AbortSignal): Promise<Driver> {
  return openBridgeDriverWith(openCommander(), options, signal);
}

/** The same with another way to run commands: in another network namespace, or refused on purpose. */
export async function openBridgeDriverWith(
  commander: Commander,
  options: DriverOptions,
  signal: AbortSignal,
): Promise<Driver> {
  const { namespace, stateFolder } = options;
  const { facts, underlayDevice } = await probeFacts(options, commander, signal);
  const dhcp = openDhcpService({
    dataPlaneNamespace: namespace,
    hostPrefix: namespace,
    stateFolder: `${stateFolder}/dhcp`,
  });
  const routers = openRouterService({
    dataPlaneNamespace: namespace,
    hostPrefix: namespace,
    stateFolder: `${stateFolder}/routers`,
  });
  const watch = openWatch(commander, namespace);
  const packetLog = openPacketLog({ commander, namespace, stateFolder: `${stateFolder}/log` });
  const reader = openRulesetReader(commander, namespace);
  const filters = openFilters({
    commander,
    namespace,
    refusal: whyNoFilter(facts),
    look: async (lookSignal) => (await reader.read(lookSignal)).ruleset,
  });
  const bridgePart = whileSame(makeBridgeRenderer(facts, namespace), [
    'segments',
    'ports',
    'remotes',
    'floods',
    'firewalls',
    'uplinks',
  ]);
  const filterPart = whileSame(canFilter(facts) ? makeFilterRenderer({ canReset: canReset(facts) }) : unguardable, [
    'segments',
    'ports',
    'filters',
    'addressSets',
    'firewalls',
    'logs',
    'routers',
    'gateways',
  ]);
  const dhcpPart = whileSame(
    (tables) => itemsOf(renderDhcp(tables)),
    ['segments', 'ports', 'remotes', 'subnets', 'dhcpServers'],
  );
  const routerPart = whileSame(
    (tables) => itemsOf(renderRouters(tables)),
    ['segments', 'routers', 'gateways', 'uplinks', 'floatingIps'],
  );
  const logPart = whileSame((tables) => itemsOf(packetLogItems(tables)), ['ports', 'logs']);
  const context: ApplyContext = {
    commander,
    namespace,
    underlayDevice,
    filters,
    specials: {
      namespace: namespaceSpecial(commander, watch),
      guard: guardSpecial(commander, namespace, facts),
      dhcp: (step, stepSignal) => dhcp.apply(step, stepSignal),
      [ROUTER_KIND]: (step, stepSignal) => routers.apply(step, stepSignal),
      [PACKET_LOG_KIND]: packetLog.special,
    },
  };
  return {
    kind: 'bridge',
    facts,
    async observe(observeSignal) {
      await watch.namespaceIs(await namespaceIdentity(namespace));
      const [{ items, ruleset }, servers, routing, readers] = await Promise.all([
        observeBridge(commander, namespace, (readSignal) => reader.read(readSignal), observeSignal),
        dhcp.observe(observeSignal),
        routers.observe(observeSignal),
        packetLog.observe(),
      ]);
      filters.found(ruleset);
      return itemsOf([...items.values(), ...servers, ...routing, ...readers]);
    },
    render(tables) {
      const [devices, rules] = [bridgePart(tables), filterPart(tables)];
      reader.expect(rules);
      const others: Readonly<Record<string, Items>> = {
        [DHCP_KIND]: dhcpPart(tables),
        [ROUTER_KIND]: routerPart(tables),
        [PACKET_LOG_KIND]: logPart(tables),
      };
      return joinItems([devices, rules, ...Object.values(others)], (kind) =>
        isNftKind(kind) ? rules : (others[kind] ?? devices),
      );
    },
    diff: (desired, actual) => inOrder(quickDiff(desired, actual, ORDER)),
    async apply(steps, applySignal) {
      applySignal.throwIfAborted();
      const ports = steps.filter((step) => step.item.kind === 'port' && step.action !== 'remove');
      // Before anything is tried: a device plugged while we look for it must not be missed.
      for (const step of ports) watch.awaited.add(step.item.key);
      const outcomes = await applySteps(steps, context, applySignal);
      for (const [i, step] of steps.entries()) {
        if (step.item.kind === 'port' && outcomes[i]?.result === 'done') watch.awaited.delete(step.item.key);
      }
      return outcomes;
    },
    watch(onChange) {
      const both = new DisposableStack();
      both.use(watch.subscribe(onChange));
      both.use(packetLog.onEnd(onChange));
      return both;
    },
    probe: (wanted, probeSignal) => openProbe({ commander, namespace }, wanted, probeSignal),
    packets: (listener) => packetLog.subscribe(listener),
    hits: (hitsSignal) => readRuleCounters(commander, namespace, hitsSignal),
  };
}

function whyNoFilter({ abilities }: HostFacts): DriverErrorCode | undefined {
  if (abilities['bridge_netfilter'] !== true) return 'BRIDGE_NO_BRIDGE_NETFILTER';
  return abilities['nft_filters'] === true ? undefined : 'BRIDGE_NO_NFT_FILTERS';
}

/** What was rendered last, as long as the tables that it is made of are the same. */
function whileSame(render: (tables: HostTables) => Items, inputs: readonly TableName[]): (tables: HostTables) => Items {
  let last: { readonly tables: HostTables; readonly items: Items } | undefined;
  return (tables) => {
    if (last === undefined || inputs.some((table) => last?.tables[table] !== tables[table]))
      last = { tables, items: render(tables) };
    return last.items;
  };
}
