import type { ViewMessage } from '@netloom/api/link/messages';
import { parseControllerMessage } from '@netloom/api/link/parse-message';
import { tablesDigest } from '@netloom/api/link/tables-digest';
import { fromWireTables, toWireTables } from '@netloom/api/link/wire-tables';
import { CodedError } from '@netloom/core/errors/coded-error';
import { applyDelta, emptyTables } from '@netloom/core/tables/apply-delta';
import type { HostTables } from '@netloom/core/tables/host-tables';
import { appendEntries, readEntries, replaceEntries } from './replica-file.ts';

const VERSION = 1;
/** The journal is folded into a new view when it is larger than the view was, and than this many bytes. */
const MIN_JOURNAL = 256 << 10;

/** This host's tables as the controller last gave them, kept on disk so that a restarted agent needs no controller. */
export interface Replica {
  readonly tables: HostTables;
  readonly revision: number;
  /** False until the first whole view ever: what the tables lack then says nothing. */
  readonly complete: boolean;
  /** Of the tables; "" while they are not complete. */
  digest(): string;
  /** Takes the updates, in order and at once; the promise is for the disk. A delta or "current" needs a complete replica. */
  take(updates: readonly ViewMessage[]): Promise<void>;
}

/** Reads what the file has for this host; anything else in it counts as nothing. */
export async function openReplica(file: string, host: string): Promise<Replica> {
  let tables = emptyTables();
  let revision = 0;
  let complete = false;
  let viewBytes = 0;
  let journalBytes = 0;
  // A write that failed leaves a file that lacks an update: then only a whole view may follow.
  let whole = true;

  const takeOne = (update: ViewMessage) => {
    if (update.type === 'view') tables = fromWireTables(update.tables);
    else if (update.type === 'delta') tables = applyDelta(tables, update.delta);
    revision = update.revision;
    complete = true;
  };

  const updates = readUpdates(await readEntries(file), host);
  for (const update of updates) takeOne(update);
  if (updates.length > 0) whole = false;

  const writeWhole = async () => {
    const view: ViewMessage = { type: 'view', revision, tables: toWireTables(tables) };
    whole = true;
    viewBytes = await replaceEntries(file, [{ replica: VERSION, host }, view]);
    journalBytes = 0;
    whole = false;
  };

  return {
    get tables() {
      return tables;
    },
    get revision() {
      return revision;
    },
    get complete() {
      return complete;
    },
    digest: () => (complete ? tablesDigest(tables) : ''),
    async take(updates) {
      for (const update of updates) takeOne(update);
      if (updates.length === 0) return;
      const fold = whole || journalBytes > Math.max(viewBytes, MIN_JOURNAL);
      if (fold || updates.some((update) => update.type === 'view')) return writeWhole();
      whole = true;
      journalBytes += await appendEntries(file, updates);
      whole = false;
    },
  };
}

function readUpdates([header, ...entries]: readonly unknown[], host: string): ViewMessage[] {
  if (!isHeader(header, host)) return [];
  try {
    return entries
      .map((entry) => parseControllerMessage(JSON.stringify(entry)))
      .filter((message) => message.type !== 'ask');
  } catch (error) {
    // Written by another release: as good as none, and the next view replaces it.
    if (error instanceof CodedError) return [];
    throw error;
  }
}

function isHeader(entry: unknown, host: string): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  return 'replica' in entry && entry.replica === VERSION && 'host' in entry && entry.host === host;
}
