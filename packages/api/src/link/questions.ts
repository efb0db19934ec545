import type { Sighting } from '@netloom/core/trace/live/live';
import type { ProbePacket } from '@netloom/core/trace/live/probe-packet';

/** What a controller asks of an agent; a probe is known by hexadecimal digits that the controller has chosen for it. */
export type Question =
  /** How often have the rules of these security groups decided? */
  | { readonly kind: 'hits'; readonly groups: readonly string[] }
  /** Look for this packet. A probe that nothing is asked about any more ends by itself. */
  | { readonly kind: 'probe-watch'; readonly probe: string; readonly packet: ProbePacket }
  /** Send it, as if the workload of this port had. */
  | { readonly kind: 'probe-send'; readonly probe: string; readonly port: string }
  /** What has become of it? */
  | { readonly kind: 'probe-read'; readonly probe: string }
  | { readonly kind: 'probe-end'; readonly probe: string };

export type Answer =
  /** Every rule of the groups asked for. */
  | { readonly kind: 'hits'; readonly counts: readonly RuleCount[] }
  /** To each question about a probe: all that was seen until now. */
  | { readonly kind: 'sightings'; readonly sightings: readonly Sighting[] }
  /** In words why there is no answer. */
  | { readonly kind: 'problem'; readonly problem: string };

/** What one rule of a security group has decided on one host. */
export interface RuleCount {
  readonly group: string;
  readonly rule: string;
  readonly packets: number;
  readonly bytes: number;
}
