import type { TableName, TableRows } from '../tables/host-tables.ts';
import type { Edit } from './edit.ts';
import type { ModelIndex } from './model-index.ts';

/** Which of the hosts that carry an anchor see a row: one of them, or all but some. */
export type Audience = { readonly only: string } | { readonly except: readonly string[] };

export const EVERY_CARRIER: Audience = { except: [] };

/**
 * A row that exists, and who sees it. `make` computes it from the (immutable) objects it was found with, so it may be
 * called after the model has moved on.
 */
export interface Cell<T extends TableName = TableName> {
  readonly audience: Audience;
  readonly make: () => TableRows[T];
}

/** The place of a row: the anchor that it belongs to and an id within the feature's table. */
export interface Place {
  readonly at: string;
  readonly id: string;
}

/**
 * One table of the host view: how its rows follow from the model. Rows belong to an anchor (see anchors.ts) and are seen only by
 * hosts that carry it; hosts that begin or cease to carry it are the weaver's business, not the feature's.
 */
export interface Feature<T extends TableName = TableName> {
  readonly table: T;
  /** Rows that an edit may touch. Asked with the model as it was and as it will be; whatever either answer names is compared. */
  places(edit: Edit, model: ModelIndex): Iterable<Place>;
  /** Ids of all rows of an anchor; may name some that have no cell. */
  ids(at: string, model: ModelIndex): Iterable<string>;
  /** The row with that id, undefined when there is none. */
  cell(at: string, id: string, model: ModelIndex): Cell<T> | undefined;
}

export function sees(audience: Audience, host: string): boolean {
  return 'only' in audience ? audience.only === host : !audience.except.includes(host);
}

/** Those of some hosts that see a row; the very list that was given when all of them do. */
export function seeing(audience: Audience, hosts: readonly string[]): readonly string[] {
  return audience === EVERY_CARRIER ? hosts : hosts.filter((host) => sees(audience, host));
}
