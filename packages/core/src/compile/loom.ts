import type { Change } from '../model/change.ts';
import type { HostTables, TablesDelta } from '../tables/host-tables.ts';

/** One difference and every host that sees exactly it. */
export interface HostDelta {
  readonly hosts: readonly string[];
  readonly delta: TablesDelta;
}

/** Holds the model and answers what each host sees of it. */
export interface Loom {
  /** Takes changes into the model; gives what that changes on which hosts. Work is in proportion to the rows that differ. */
  apply(changes: readonly Change[]): HostDelta[];
  /** The whole view of one host, from the current model alone. */
  view(host: string): HostTables;
  /** Rows computed since the start: the measure of work that tests and benchmarks assert. */
  readonly rowsComputed: number;
}
