import type { IpPacket } from '../filter/ip-packet.ts';
import type { Address } from '../net/address.ts';
import type { PortRow, RouterRow, SegmentRow, TableName } from '../tables/host-tables.ts';
import type { DropReason } from './drop-reasons.ts';
import type { World } from './world.ts';

/** What a packet is sent to, as its sender knows it; texts are canonical. */
export type Target =
  | { readonly kind: 'ip'; readonly text: string; readonly address: Address }
  | { readonly kind: 'mac'; readonly text: string };

/** Who takes the packet: a workload behind its port, the DHCP and DNS server that the host runs for the network, or a router. */
export type Delivery =
  | { readonly to: 'port'; readonly row: PortRow }
  | { readonly to: 'server'; readonly id: string }
  | { readonly to: 'router'; readonly row: RouterRow };

/** The way to the destination, or the reply's way back. */
export type Way = 'there' | 'back';

/** A flow that a rule has let through at a port: its packets pass there both ways. */
export interface Flow {
  readonly port: string;
  /** Its first packet, as it was when it passed there. */
  readonly ip: IpPacket;
  readonly filter: string;
  readonly rule: string;
}

/** What the gateway of a router has made of the first packet of a flow. */
export interface Translation {
  readonly router: string;
  readonly before: IpPacket;
  readonly after: IpPacket;
  /** That decided it; none where the addresses stayed as they were. */
  readonly rows: readonly TraceStep['row'][];
}

/** A packet somewhere on its way; stages fill in what they find out. */
export interface Packet {
  readonly way: Way;
  /** Null for what a router answers. */
  readonly source: PortRow | null;
  /** Address that the sender is made to use; null for the one that it would choose. */
  readonly sendAs: Address | null;
  readonly target: Target;
  /** The IP packet without its addresses, for either family. */
  readonly payload: (family: 4 | 6) => Omit<IpPacket, 'source' | 'destination'>;
  /** Null until the sender has chosen its address, and for a frame between ends without addresses of one family. */
  readonly ip: IpPacket | null;
  /** Open at ports that the packet it answers has passed. */
  readonly flows: readonly Flow[];
  /** By gateways that the packet, or what it answers, has passed. */
  readonly translations: readonly Translation[];
  /** Who sent what this packet answers: it has the address that it sent from, whether or not tables know it. */
  readonly asker: Asker | null;
  /** Where the packet is now. */
  readonly host: string;
  /** The row of `host` for the segment that the packet is in. */
  readonly segment: SegmentRow | null;
  /** Destination MAC on the segment that it is in, once somebody has resolved it. */
  readonly mac: string | null;
  /** Whose MAC that is, where it is not the destination's: the next hop. */
  readonly nexthop: Address | null;
  /** The router that has it: which answers with it, or passes it on. */
  readonly router: RouterRow | null;
  /** Routers that have passed it on, each with the host where it did. */
  readonly routers: readonly { readonly id: string; readonly host: string }[];
  /** Tunnel end that it goes to, while it is on the underlay. */
  readonly vtep: string | null;
  readonly delivered: Delivery | null;
}

export interface Asker {
  readonly mac: string;
  readonly host: string;
  readonly segment: string;
  /** What it sent to; null where that was no address. */
  readonly asked: Address | null;
  /** What it is answered as; null for what was no IP packet. */
  readonly as: Address | null;
}

export const STEP_KINDS = [
  'port',
  'segment',
  'guard',
  'filter',
  'firewall',
  'router',
  'gateway',
  'nat',
  'uplink',
  'remote',
  'tunnel',
  'deliver',
] as const;

/** One step of a walk, with the row that decided it. */
export interface TraceStep {
  readonly way: Way;
  readonly host: string;
  readonly what: (typeof STEP_KINDS)[number];
  readonly row: { readonly table: TableName; readonly id: string };
  /** The rule of that row which decided it, for filters and firewalls. */
  readonly rule?: string;
  readonly text: string;
}

export type Finding = Omit<TraceStep, 'way' | 'host'>;

/** What a stage makes of a packet: it goes on, perhaps on another host, or it is dropped. */
export interface StageResult {
  readonly packet: Packet;
  readonly steps: readonly Finding[];
  readonly drop?: DropReason;
}

/** One decision on a packet's way; undefined when there is nothing to decide for this packet. */
export type Stage = (packet: Packet, world: World) => StageResult | undefined;
