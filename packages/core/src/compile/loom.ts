import type { Change, Kind, ModelKinds } from '../model/change.ts';
import type { HostTables, TableName, TablesDelta } from '../tables/host-tables.ts';

/** One difference and every host that sees exactly it. */
export interface HostDelta {
  readonly hosts: readonly string[];
  readonly delta: TablesDelta;
}

export interface RowPreview {
  readonly table: TableName;
  readonly id: string;
  readonly change: 'add' | 'update' | 'remove';
}

/** What would change on one host. */
export interface HostPreview {
  readonly host: string;
  /** By table and id. */
  readonly rows: readonly RowPreview[];
}

/** Holds the model and answers what each host sees of it. */
export interface Loom {
  /**
   * Takes changes into the model; gives what that changes on which hosts, each host in at most one difference. Objects
   * may come in any order and more than once; an object that refers to an unknown one counts as soon as that is known.
   * Work is in proportion to the rows that differ.
   */
  apply(changes: readonly Change[]): HostDelta[];
  /** What the changes would do, by host; nothing is taken into the model. */
  preview(changes: readonly Change[]): HostPreview[];
  /** The model as it stands: the objects of each kind by id. */
  readonly objects: { readonly [K in Kind]: ReadonlyMap<string, ModelKinds[K]> };
  /** The whole view of one host, from the current model alone. */
  view(host: string): HostTables;
  /** Host that a port is bound to; undefined when it is unknown or bound nowhere. */
  hostOfPort(port: string): string | undefined;
  /** Host chosen for the gateway of a router: null while there is none, undefined without a gateway. */
  hostOfGateway(router: string): string | null | undefined;
  /** Host whose tunnels end at an underlay address. */
  hostOfVtep(vtep: string): string | undefined;
  /** Hosts that carry a network now. */
  carriersOf(network: string): readonly string[];
  /** Hosts that carry a security group now. */
  carriersOfGroup(group: string): readonly string[];
  /** Rows computed by `apply` since the start: the measure of work that tests and benchmarks assert. */
  readonly rowsComputed: number;
}
