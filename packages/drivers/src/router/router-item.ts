import type { Item } from '@netloom/core/delta/items';
import type { LinkSpec } from '../services/service-link.ts';

/** The kind of every item of this folder; its key is the router's id. */
export const ROUTER_KIND = 'router';

/** All that must hold of one router. */
export type RouterSpec = {
  /** By the name of the device, which is the same in the router's namespace and, with another beginning, in the data plane. */
  readonly interfaces: { readonly [device: string]: LinkSpec };
  /** Its own routes as iproute2 takes them, "198.51.100.0/24 via 10.0.0.9", sorted. */
  readonly routes: readonly string[];
  /** Permanent neighbours, "ADDRESS MAC DEVICE", sorted. */
  readonly neighbours: readonly string[];
  /** "on": the kernel forwards, and answers on each network for the addresses of that network only; else what was found. */
  readonly forwarding: string;
  /** SHA-256 of the commands that translate addresses, as long as what they put is there unchanged; null without any. */
  readonly nat: string | null;
  /** SHA-256 of what its radvd was started with; null where nothing is to be advertised, or nothing is. */
  readonly advertiser: string | null;
};

/** A desired item, with the texts that its spec has the hashes of. */
export interface RouterItem extends Item {
  readonly spec: RouterSpec;
  readonly natCommands: string;
  readonly advertiserConfig: string;
}

/** Throws on an item that `renderRouters` did not make. */
export function asRouterItem(item: Item): RouterItem {
  if (item.kind !== ROUTER_KIND || !('advertiserConfig' in item))
    throw new Error(`"${item.kind} ${item.key}" is no rendered router`);
  return item as RouterItem;
}

/** Of the port of an interface or gateway: the device in the router's namespace. */
export function innerDevice(port: string): string {
  return `qr-${port.slice(0, 11)}`;
}

/** The other end of a device of the router's namespace, in the data plane. */
export function outerDevice(inner: string): string {
  return `rt-${inner.slice('qr-'.length)}`;
}

export const OUTER_DEVICE = /^rt-/;
