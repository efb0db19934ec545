import type { RowStatus } from '@netloom/api/link/messages';
import { type HostTables, TABLE_NAMES, type TableName } from '@netloom/core/tables/host-tables';
import type { Trouble } from './troubles.ts';

/** Tells the controller how rows fare, each change once. */
export interface RowReport {
  /** Rows whose state changed since the last call; the first call after `forget` gives every row of the told tables and every other that is not done. */
  changes(tables: HostTables, troubles: Iterable<Trouble>): RowStatus[];
  /** The controller knows nothing any more: a new link. */
  forget(): void;
  /** Rows that are not the ones that were reported: those of the told tables are reported again. */
  forgetRows(rows: Partial<Readonly<Record<TableName, Iterable<{ readonly id: string }>>>>): void;
}

const DONE = 'done';

/** Tables whose rows are told of when they are done too: the API shows their objects as ACTIVE then. */
const TOLD = ['ports', 'routers', 'gateways', 'floatingIps'] as const satisfies readonly TableName[];

export function makeRowReport(): RowReport {
  // Holds rows of the told tables, and of others only those that are not done: a host has thousands of rows that never fail.
  let reported = new Map<string, string>();
  return {
    changes(tables, troubles) {
      const states = worstByRow(troubles);
      const next = new Map<string, string>();
      const changed: RowStatus[] = [];
      const put = (key: string, status: RowStatus) => {
        const text = status.state === DONE ? DONE : `${status.state} ${status.message}`;
        next.set(key, text);
        if (reported.get(key) !== text) changed.push(status);
      };
      for (const [key, status] of states) put(key, status);
      for (const table of TOLD) {
        for (const id of tables[table].keys())
          if (!states.has(`${table}/${id}`)) put(`${table}/${id}`, { table, id, state: DONE, message: '' });
      }
      for (const [key, text] of reported) {
        const row = next.has(key) || text === DONE ? undefined : rowOf(key);
        if (row) changed.push({ ...row, state: DONE, message: '' });
      }
      reported = next;
      return changed;
    },
    forget() {
      reported = new Map();
    },
    forgetRows(rows) {
      for (const table of TOLD) for (const { id } of rows[table] ?? []) reported.delete(`${table}/${id}`);
    },
  };
}

/** An error outweighs waiting; among equals the first in the alphabet, so that the message does not flutter. */
function worstByRow(troubles: Iterable<Trouble>): Map<string, RowStatus> {
  const worst = new Map<string, RowStatus>();
  for (const { step, outcome } of troubles) {
    const state = outcome.result === 'failed' ? 'error' : 'pending';
    const message = outcome.result === 'failed' ? `${outcome.code}: ${outcome.message}` : outcome.message;
    for (const key of step.item.owners) {
      const row = rowOf(key);
      const other = worst.get(key);
      if (row && (other === undefined || rank(state, message) < rank(other.state, other.message)))
        worst.set(key, { ...row, state, message: message.slice(0, 4000) });
    }
  }
  return worst;
}

function rank(state: RowStatus['state'], message: string): string {
  return `${state === 'error' ? 0 : 1} ${message}`;
}

function rowOf(key: string): { table: TableName; id: string } | undefined {
  const slash = key.indexOf('/');
  const table = TABLE_NAMES.find((name) => name === key.slice(0, slash));
  return table && { table, id: key.slice(slash + 1) };
}
