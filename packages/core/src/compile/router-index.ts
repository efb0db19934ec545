import type { Port } from '../model/port.ts';
import { drop, type Nested, newMap, within } from './nested-map.ts';

/** Ports of routers' interfaces that are in service. */
export interface RouterIndex {
  /** By router and id. */
  readonly interfacesOf: Nested<Port>;
  /** By network and id. */
  readonly interfacesOn: Nested<Port>;
}

export function routerIndex() {
  const interfacesOf = new Map<string, Map<string, Port>>();
  const interfacesOn = new Map<string, Map<string, Port>>();
  return {
    index: { interfacesOf, interfacesOn } satisfies RouterIndex,
    addInterface(port: Port): void {
      within(interfacesOf, port.deviceId, newMap).set(port.id, port);
      within(interfacesOn, port.networkId, newMap).set(port.id, port);
    },
    removeInterface(port: Port): void {
      drop(interfacesOf, port.deviceId, port.id);
      drop(interfacesOn, port.networkId, port.id);
    },
  };
}
