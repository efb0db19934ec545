import type { Item } from '@netloom/core/delta/items';
import { ROUTER_KIND, type RouterSpec } from '../router/router-item.ts';
import { type FdbSpec, keyParts, type PortSpec, type VxlanSpec } from './items.ts';
import { bridgeName, vniOfBridge, vniOfVxlan, vxlanName } from './names.ts';

/** Ids of the items that must be right before this one is put: a workload never meets a segment that floods or learns as it should not. */
export function needsOf(item: Item, namespace: string): string[] {
  const onBridge = (bridge: string): string[] => [`namespace ${namespace}`, `bridge ${bridge}`];
  const [first] = keyParts(item);
  switch (item.kind) {
    case 'namespace':
      return [];
    case 'vxlan': {
      const { master, flood } = item.spec as VxlanSpec;
      return [...onBridge(master), ...(flood === 'none' ? [] : ['guard tunnels'])];
    }
    case 'port': {
      const { master } = item.spec as PortSpec;
      return [...onBridge(master), `vxlan ${vxlanName(vniOfBridge(master) ?? 0)}`, `portGuard ${first}`];
    }
    case 'tunnel':
    case 'flood':
      return [...onBridge(bridgeName(vniOfVxlan(first) ?? 0)), `vxlan ${first}`];
    case 'fdb': {
      const { device } = item.spec as FdbSpec;
      return [...onBridge(first), `${vniOfVxlan(device) === undefined ? 'port' : 'vxlan'} ${device}`];
    }
    case 'neighbour':
      return onBridge(first);
    case 'dhcp':
      return onBridge(`br${first}`);
    case ROUTER_KIND: {
      const links = Object.values((item.spec as RouterSpec).interfaces);
      return links.flatMap(({ outer }) => (outer?.bridge ? onBridge(outer.bridge) : []));
    }
    default:
      return [`namespace ${namespace}`];
  }
}
