import type { Readable } from 'node:stream';

/** What an operation answers. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON; absent for an empty answer. */
  readonly body?: unknown;
  /** A body that is JSON already. A stream is sent while it is made; one that fails ends the connection. */
  readonly text?: string | Readable;
  /** Place of the change in the order of commits; null or absent when nothing that is logged changed. */
  readonly revision?: number | null;
}
