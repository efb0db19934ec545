import type { Model } from '@netloom/core/compile/weave';
import type { Change } from '@netloom/core/model/change';

/** Runs SQL with $1-style parameters; rows come back as plain objects by column name. */
export interface Queryable {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Rows of a long read, each as its values in the order of the select list. */
export interface Portions {
  /** The first ones; all of them when there is no `more`. */
  readonly rows: readonly (readonly unknown[])[];
  /** Those after them, which the database holds back until they are taken. */
  readonly more?: AsyncIterable<readonly (readonly unknown[])[]>;
  /** Must be called in the end, whether all rows were taken or not. */
  readonly close: () => Promise<void>;
}

/** All changes of one committed transaction. */
export interface ChangeBatch {
  /** Position in the one order of commits; greater than that of every batch before. */
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** Everything the compiler reads, as of one revision. */
export interface ModelSnapshot extends Model {
  readonly revision: number;
}

export interface Store extends Queryable {
  /**
   * Runs `work` in one transaction and commits; its rows and its entries in the change log become visible together. `revision` is the
   * transaction's place in the order of commits, or null when it changed nothing that is logged. Serialization failures
   * and deadlocks are retried, so `work` may run more than once. Whatever `work` throws rolls everything back and is thrown on.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<{ readonly value: T; readonly revision: number | null }>;

  /** Like `query`, for rows that may be too many for the memory: all of the same moment, but in portions as they are taken. */
  read(text: string, values?: readonly unknown[]): Promise<Portions>;

  snapshot(): Promise<ModelSnapshot>;

  /**
   * Every batch after `since`, once each and in order, then waits for more until the signal aborts. Survives loss of the
   * database connection. Throws `StoreError` HISTORY_GONE when `since` is older than the kept history: take a snapshot then.
   */
  feed(since: number, signal: AbortSignal): AsyncIterable<ChangeBatch>;

  /** Calls back for each notification on a channel until disposed; a lost connection is resumed, and then `payload` is null: anything may have been missed. */
  listen(channel: string, callback: (payload: string | null) => void): Promise<AsyncDisposable>;

  close(): Promise<void>;
}
