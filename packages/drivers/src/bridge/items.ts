import type { Item } from '@netloom/core/delta/items';
import { canonicalAddress } from '@netloom/core/net/address';
import { canonicalMac } from '@netloom/core/net/mac';
import { NFT_KINDS, type NftKind } from './filter/nft-item.ts';

/**
 * Every kind of thing this driver keeps, what a thing stands on before it: puts go down the list, removals up it.
 * - `namespace` the data plane's own network namespace, and whether its bridges are filtered
 * - `resets`    the way back for resets of rejected flows: see resets.ts
 * - kinds of nft: see filter/nft-item.ts
 * - `guard`     nftables table that keeps DHCP and router advertisements off the tunnels of flooding segments
 * - `bridge`, `vxlan` one of each a segment
 * - `port`      a workload's device on its bridge
 * - `tunnel`    VXLAN entry: which VTEP carries a remote MAC
 * - `flood`     VXLAN entry: a VTEP that gets a copy of flooded frames
 * - `fdb`       bridge entry: behind which of its ports a MAC is
 * - `neighbour` the MAC of a remote IP, with which the bridge answers ARP and ND
 * - `dhcp`      a DHCP server, kept by the DHCP service
 * - `router`    a router's namespace, kept by the router service
 * - `packetLog` the reader of packets that filters log: see log/packet-log.ts
 */
export const ORDER = [
  'namespace',
  'resets',
  ...NFT_KINDS,
  'guard',
  'bridge',
  'vxlan',
  'port',
  'tunnel',
  'flood',
  'fdb',
  'neighbour',
  'dhcp',
  'router',
  'packetLog',
] as const;

export type Kind = (typeof ORDER)[number];

/** What must hold of each kind, beside its key. Type aliases, because specs are JSON. */
export type NamespaceSpec = {
  /** "on": bridged IP packets meet the IP hooks, and conntrack takes up no TCP flow in its midst. "off"; or a mixture found on the target. */
  readonly filter: string;
};
export type ResetsSpec = { readonly up: boolean; readonly addrGenMode: string; readonly routes: readonly string[] };
export type GuardSpec = { readonly rules: readonly string[] };
export type BridgeSpec = {
  /** Fixed: a bridge whose address follows its ports' loses all its neighbours, permanent ones too, when that changes. */
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly addrGenMode: string;
  readonly multicastSnooping: boolean;
  readonly stp: boolean;
};
export type VxlanSpec = {
  readonly vni: number;
  readonly local: string;
  readonly port: number;
  readonly ttl: number;
  readonly mtu: number;
  readonly up: boolean;
  readonly addrGenMode: string;
  readonly master: string;
  /** Learning of the VXLAN device and of its bridge port: never, the controller knows. */
  readonly learning: boolean;
  readonly neighSuppress: boolean;
  /** Unknown unicast, multicast and broadcast frames alike: "all" or "none"; anything else is a mixture found on the target. */
  readonly flood: string;
};
export type PortSpec = {
  readonly master: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly addrGenMode: string;
  readonly learning: boolean;
  readonly flood: boolean;
};
export type TunnelSpec = { readonly vteps: readonly string[] };
export type FdbSpec = { readonly device: string };
export type NeighbourSpec = { readonly mac: string };

/** Makers of items, so that render and observe cannot name one thing differently: addresses are in canonical text here, whoever wrote them. */
export const item = {
  namespace: (name: string, spec: NamespaceSpec, owners: Owners): Item => ({
    kind: 'namespace',
    key: name,
    spec,
    owners,
  }),
  resets: (spec: ResetsSpec, owners: Owners): Item => ({ kind: 'resets', key: 'tcp', spec, owners }),
  guard: (spec: GuardSpec, owners: Owners): Item => ({ kind: 'guard', key: 'tunnels', spec, owners }),
  bridge: (name: string, spec: BridgeSpec, owners: Owners): Item => ({ kind: 'bridge', key: name, spec, owners }),
  vxlan: (name: string, spec: VxlanSpec, owners: Owners): Item => ({
    kind: 'vxlan',
    key: name,
    spec: { ...spec, local: addressText(spec.local) },
    owners,
  }),
  port: (device: string, spec: PortSpec, owners: Owners): Item => ({ kind: 'port', key: device, spec, owners }),
  tunnel: (at: { vxlan: string; mac: string }, spec: TunnelSpec, owners: Owners): Item => ({
    kind: 'tunnel',
    key: `${at.vxlan} ${macText(at.mac)}`,
    spec: { vteps: spec.vteps.map(addressText).sort() },
    owners,
  }),
  flood: (at: { vxlan: string; vtep: string }, owners: Owners): Item => ({
    kind: 'flood',
    key: `${at.vxlan} ${addressText(at.vtep)}`,
    spec: null,
    owners,
  }),
  // Keyed without the device: a workload that moves between here and another host is one replace, never a gap.
  fdb: (at: { bridge: string; mac: string }, spec: FdbSpec, owners: Owners): Item => ({
    kind: 'fdb',
    key: `${at.bridge} ${macText(at.mac)}`,
    spec,
    owners,
  }),
  neighbour: (at: { bridge: string; ip: string }, spec: NeighbourSpec, owners: Owners): Item => ({
    kind: 'neighbour',
    key: `${at.bridge} ${addressText(at.ip)}`,
    spec: { mac: macText(spec.mac) },
    owners,
  }),
} as const satisfies Readonly<Record<Exclude<Kind, 'dhcp' | 'router' | 'packetLog' | NftKind>, unknown>>;

function addressText(text: string): string {
  return canonicalAddress(text) ?? text;
}

function macText(text: string): string {
  return canonicalMac(text) ?? text;
}

type Owners = readonly string[];
/** What observe gives: the target does not say whom a thing serves. */
export const NO_OWNERS: Owners = [];

/** A port's item; what its device must be held to before it joins the bridge is no part of how it looks there. */
export interface PortItem extends Item {
  readonly guarded: boolean;
}

export function isGuarded(item: Item): boolean {
  return item.kind === 'port' && 'guarded' in item && item.guarded === true;
}

/** The two halves of a key like "br5001 fa:16:3e:00:00:01". */
export function keyParts(item: Item): [string, string] {
  const [first = '', second = ''] = item.key.split(' ');
  return [first, second];
}
