import type { Step } from '@netloom/core/delta/diff';
import type { Items } from '@netloom/core/delta/items';
import type { HostTables } from '@netloom/core/tables/host-tables';
import type { Sighting } from '@netloom/core/trace/live/live';
import type { ProbePacket } from '@netloom/core/trace/live/probe-packet';

/** What a driver found out about its target by trying, once, when it was opened. */
export interface HostFacts {
  /** Underlay address that ends this host's tunnels. */
  readonly vtep: string;
  /** Largest IP packet of the underlay, in bytes. */
  readonly underlayMtu: number;
  /** What the target can do, by name ("vxlan", "neigh_suppress"); a driver refuses only what needs an absent one. */
  readonly abilities: Readonly<Record<string, boolean>>;
}

/**
 * What became of a step. `waiting` is for what only the outside can bring (a workload not plugged yet) and is no error;
 * a failed step carries a code of the driver's error table.
 */
export type StepOutcome =
  | { readonly result: 'done' }
  | { readonly result: 'waiting'; readonly message: string }
  | { readonly result: 'failed'; readonly code: string; readonly message: string };

/** What a rule of a security group or firewall has decided since it was first put on the target, or the target was started. */
export interface RuleHits {
  readonly table: 'filters' | 'firewalls';
  /** Id of the row. */
  readonly group: string;
  readonly rule: string;
  /** Packets that the rule was asked about and fits: of rules that keep state, the first of each flow and of each flow looked at again. */
  readonly packets: number;
  readonly bytes: number;
}

/** A packet that a row of `logs` asks for. */
export interface LoggedPacket {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of the port. */
  readonly device: string;
  /** "ACCEPT": it opened a flow. */
  readonly verdict: 'ACCEPT' | 'DROP';
  /** Of its flow, as seen from the port. */
  readonly direction: 'ingress' | 'egress';
  /** That let it through; null for a packet that none did. */
  readonly rule: string | null;
  /** IANA number. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  /** Of the whole IP packet. */
  readonly bytes: number;
}

export interface PacketListener {
  onPacket(packet: LoggedPacket): void;
  /** So many packets that were to be told of came too fast. */
  onLost(count: number): void;
}

/** One packet that is looked for on the target. What this has put there goes with it, and with the process that opened it. */
export interface Probe extends AsyncDisposable {
  /** Sends the packet as if the workload on the device had; receivers really get it. */
  send(device: string): Promise<void>;
  /** All that has become of the packet and of the reply to it here until now, in order. */
  sightings(): Promise<Sighting[]>;
}

export interface ProbeWanted {
  /** Hexadecimal digits, of no other probe. */
  readonly id: string;
  readonly packet: ProbePacket;
  /** That the target is kept to, so that what is seen can be told by their rows. */
  readonly tables: HostTables;
}

/**
 * Makes one target look like its host tables. A restarted driver knows what is its own without memory, deleting what is
 * absent succeeds, and every operation may be repeated.
 */
export interface Driver {
  readonly kind: string;
  readonly facts: HostFacts;
  /** Everything on the target that is ours, as it is now. */
  observe(signal: AbortSignal): Promise<Items>;
  /** Everything that must be there for these tables. Pure. */
  render(tables: HostTables): Items;
  /** The way from one to the other, in order. Pure. */
  diff(desired: Items, actual: Items): Step[];
  /** Takes the steps in order, in batches where the target has them: one outcome per step, and no failure stops an unrelated step. */
  apply(steps: readonly Step[], signal: AbortSignal): Promise<StepOutcome[]>;
  /** Calls back soon after anything on the target changed that may concern us (a workload plugged, an entry deleted by hand). */
  watch?(onChange: () => void): Disposable;
  /** Hits of every rule that is on the target, those without any among them. A rule keeps its hits until it is taken away. */
  hits?(signal: AbortSignal): Promise<RuleHits[]>;
  /** Tells of the packets that rows of `logs` ask for, up to a rate for each port, until disposed. */
  packets?(listener: PacketListener): Disposable;
  /** Looks for a packet, which nothing has sent yet, until it is disposed or the signal aborts. */
  probe?(wanted: ProbeWanted, signal: AbortSignal): Promise<Probe>;
}
