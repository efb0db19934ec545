import type { Address } from '../net/address.ts';
import type { PortRow, SegmentRow, TableName } from '../tables/host-tables.ts';
import type { DropReason } from './drop-reasons.ts';
import type { World } from './world.ts';

/** What a packet is sent to, as its sender knows it; texts are canonical. */
export type Target =
  | { readonly kind: 'ip'; readonly text: string; readonly address: Address }
  | { readonly kind: 'mac'; readonly text: string };

/** Who takes the packet: a workload behind its port, or the DHCP and DNS server that the host runs for the network. */
export type Delivery = { readonly to: 'port'; readonly row: PortRow } | { readonly to: 'server'; readonly id: string };

/** The way to the destination, or the reply's way back. */
export type Way = 'there' | 'back';

/** A packet somewhere on its way; stages fill in what they find out. */
export interface Packet {
  readonly way: Way;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  /** Destination port of TCP and UDP where one was asked for. */
  readonly port: number | null;
  readonly source: PortRow;
  readonly target: Target;
  /** Where the packet is now. */
  readonly host: string;
  /** The row of `host` for the segment that the packet is in. */
  readonly segment: SegmentRow | null;
  /** Destination MAC, once the sender has resolved its target. */
  readonly mac: string | null;
  /** Tunnel end that it goes to, while it is on the underlay. */
  readonly vtep: string | null;
  readonly delivered: Delivery | null;
}

/** One step of a walk, with the row that decided it. */
export interface TraceStep {
  readonly way: Way;
  readonly host: string;
  readonly what: 'port' | 'segment' | 'remote' | 'tunnel' | 'deliver';
  readonly row: { readonly table: TableName; readonly id: string };
  readonly text: string;
}

/** What a stage makes of a packet: it goes on, perhaps on another host, or it is dropped. */
export interface StageResult {
  readonly packet: Packet;
  readonly steps: readonly Omit<TraceStep, 'way' | 'host'>[];
  readonly drop?: DropReason;
}

/** One decision on a packet's way; undefined when there is nothing to decide for this packet. */
export type Stage = (packet: Packet, world: World) => StageResult | undefined;
