import type { Item } from '@netloom/core/delta/items';
import type { InnerSpec, OuterSpec } from '../services/service-link.ts';

/** The kind of every item of this folder; its key is the VNI. */
export const DHCP_KIND = 'dhcp';

/** Texts that dnsmasq reads. `config` only when it starts, the others again on SIGHUP. */
export type DhcpFiles = {
  readonly config: string;
  readonly hosts: string;
  readonly options: string;
  readonly names: string;
};

export type FileName = keyof DhcpFiles;

/**
 * All that must hold of one network's server. A part that is absent is null when observed, and a file is null as long
 * as the running dnsmasq may not have read it.
 */
export type DhcpSpec = {
  /** The end of the veth pair in the data plane. */
  readonly port: OuterSpec | null;
  /** The end in the server's own namespace. */
  readonly server: InnerSpec | null;
  /** SHA-256 of each file, so that a large network's names are neither kept twice nor shown in a difference. */
  readonly files: { readonly [name in FileName]: string | null };
};

/** A desired item, with the texts its spec has the hashes of beside it. */
export interface DhcpItem extends Item {
  readonly spec: DhcpSpec;
  readonly files: DhcpFiles;
}

/** Throws on an item that `renderDhcp` did not make. */
export function asDhcpItem(item: Item): DhcpItem {
  if (item.kind !== DHCP_KIND || !('files' in item))
    throw new Error(`"${item.kind} ${item.key}" is no rendered server`);
  return item as DhcpItem;
}
