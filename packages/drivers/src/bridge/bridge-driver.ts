import { diffItems } from '@netloom/core/delta/diff';
import { itemsOf } from '@netloom/core/delta/items';
import { openDhcpService } from '../dhcp/dhcp-service.ts';
import { renderDhcp } from '../dhcp/render-dhcp.ts';
import type { Driver } from '../driver.ts';
import type { DriverOptions } from '../driver-options.ts';
import { type ApplyContext, applySteps } from './apply.ts';
import { type Commander, openCommander } from './commander.ts';
import { probeFacts } from './facts.ts';
import { ORDER } from './items.ts';
import { leaversLast } from './leavers-last.ts';
import { namespaceIdentity, observeBridge } from './observe.ts';
import { renderBridge } from './render.ts';
import { guardSpecial, namespaceSpecial } from './specials.ts';
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
  const watch = openWatch(commander, namespace);
  const context: ApplyContext = {
    commander,
    namespace,
    underlayDevice,
    specials: {
      namespace: namespaceSpecial(commander, watch),
      guard: guardSpecial(commander, namespace, facts),
      dhcp: (step, stepSignal) => dhcp.apply(step, stepSignal),
    },
  };
  return {
    kind: 'bridge',
    facts,
    async observe(observeSignal) {
      await watch.namespaceIs(await namespaceIdentity(namespace));
      const [items, servers] = await Promise.all([
        observeBridge(commander, namespace, observeSignal),
        dhcp.observe(observeSignal),
      ]);
      return itemsOf([...items.values(), ...servers]);
    },
    render: (tables) => itemsOf([...renderBridge(tables, facts, namespace).values(), ...renderDhcp(tables)]),
    diff: (desired, actual) => leaversLast(diffItems(desired, actual, ORDER)),
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
    watch: (onChange) => watch.subscribe(onChange),
  };
}
