import type { TableName, TableRows, TablesDelta } from '@netloom/core/tables/host-tables';
import type { Answer, Question } from './questions.ts';

/** Version of the messages between controller and agent; both sides refuse another. */
export const LINK_PROTOCOL = 1;

/** A whole host view on the wire: rows of each table. */
export type WireTables = { readonly [T in TableName]: readonly TableRows[T][] };

/** How one table row fares on one host. */
export interface RowStatus {
  readonly table: TableName;
  readonly id: string;
  readonly state: 'pending' | 'done' | 'error';
  /** In words, with the code of the error first; empty when done. */
  readonly message: string;
}

/** Something found changed from outside, and what was done about it. */
export interface DriftEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** "fdb br5001 fa:16:3e:00:00:01" */
  readonly object: string;
  readonly found: 'missing' | 'changed' | 'foreign';
  readonly repaired: boolean;
  readonly message: string;
}

/** A packet that logs ask for. */
export interface PacketEvent {
  /** Ids of the logs. */
  readonly logs: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** "ACCEPT": it opened a flow. */
  readonly event: 'ACCEPT' | 'DROP';
  readonly port: string;
  /** Of its flow, as seen from the port. */
  readonly direction: 'ingress' | 'egress';
  /** Security group and rule that let it through; null for a dropped packet. */
  readonly group: string | null;
  readonly rule: string | null;
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

export type AgentMessage =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly vtep: string;
      readonly underlayMtu: number;
      readonly driver: string;
      readonly abilities: Readonly<Record<string, boolean>>;
      /** Revision and digest of the replica kept on disk; 0 and "" without one. */
      readonly revision: number;
      readonly digest: string;
    }
  /** The replica stands at `revision` and the target was brought as near to it as it goes; `statuses` lists only rows whose state changed. */
  | { readonly type: 'applied'; readonly revision: number; readonly statuses: readonly RowStatus[] }
  | { readonly type: 'drift'; readonly events: readonly DriftEvent[] }
  /** Packets in the order in which they were read; `lost` more came too fast, for any of the logs `of`. */
  | {
      readonly type: 'packets';
      readonly events: readonly PacketEvent[];
      readonly lost: number;
      readonly of: readonly string[];
    }
  /** To the "ask" of this id. */
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer };

/** What the agent's replica is to become. */
export type ViewMessage =
  /** The whole view; replaces the replica. */
  | { readonly type: 'view'; readonly revision: number; readonly tables: WireTables }
  /** The agent's replica is already this revision's view. */
  | { readonly type: 'current'; readonly revision: number }
  | { readonly type: 'delta'; readonly revision: number; readonly delta: TablesDelta };

export type ControllerMessage =
  | ViewMessage
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };
