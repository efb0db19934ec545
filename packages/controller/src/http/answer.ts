/** What an operation answers. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON; absent for an empty answer. */
  readonly body?: unknown;
  /** Place of the change in the order of commits; null or absent when nothing that is logged changed. */
  readonly revision?: number | null;
}
