import { GATEWAY_OWNER, INTERFACE_OWNERS, type Port } from '../model/port.ts';
import type { FloatingIp, Router } from '../model/router.ts';
import { drop, type Nested, newMap, within } from './nested-map.ts';

/** What belongs to routers. Ports are those in service. */
export interface RouterIndex {
  /** By router and id. */
  readonly interfacesOf: Nested<Port>;
  /** By network and id. */
  readonly interfacesOn: Nested<Port>;
  /** Ports on external networks, by network and id. */
  readonly gatewaysOn: Nested<Port>;
  /** Routers by the host of their gateway and id. */
  readonly gatewaysAt: Nested<Router>;
  /** By router and id. */
  readonly floatingIpsOf: Nested<FloatingIp>;
}

/** Whether a router meets the port's network by it, on whatever host. */
export function isInterface(port: Port): boolean {
  return port.adminStateUp && port.deviceId !== '' && INTERFACE_OWNERS.has(port.deviceOwner);
}

/** Whether a router leaves its networks by the port. */
export function isGateway(port: Port): boolean {
  return port.adminStateUp && port.deviceId !== '' && port.deviceOwner === GATEWAY_OWNER;
}

export function routerIndex() {
  const interfacesOf = new Map<string, Map<string, Port>>();
  const interfacesOn = new Map<string, Map<string, Port>>();
  const gatewaysOn = new Map<string, Map<string, Port>>();
  const gatewaysAt = new Map<string, Map<string, Router>>();
  const floatingIpsOf = new Map<string, Map<string, FloatingIp>>();
  return {
    index: { interfacesOf, interfacesOn, gatewaysOn, gatewaysAt, floatingIpsOf } satisfies RouterIndex,
    addPort: (port: Port): void => {
      if (isGateway(port)) within(gatewaysOn, port.networkId, newMap).set(port.id, port);
      if (!isInterface(port)) return;
      within(interfacesOf, port.deviceId, newMap).set(port.id, port);
      within(interfacesOn, port.networkId, newMap).set(port.id, port);
    },
    removePort: (port: Port): void => {
      drop(gatewaysOn, port.networkId, port.id);
      if (!isInterface(port)) return;
      drop(interfacesOf, port.deviceId, port.id);
      drop(interfacesOn, port.networkId, port.id);
    },
    addRouter: (router: Router): void => {
      const host = router.gateway?.host;
      if (host) within(gatewaysAt, host, newMap).set(router.id, router);
    },
    removeRouter: (router: Router): void => {
      const host = router.gateway?.host;
      if (host) drop(gatewaysAt, host, router.id);
    },
    addFloatingIp: (floatingIp: FloatingIp): void => {
      const { routerId, id } = floatingIp;
      if (routerId !== null) within(floatingIpsOf, routerId, newMap).set(id, floatingIp);
    },
    removeFloatingIp: ({ routerId, id }: FloatingIp): void => {
      if (routerId !== null) drop(floatingIpsOf, routerId, id);
    },
  };
}
