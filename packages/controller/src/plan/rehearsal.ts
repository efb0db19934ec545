import { randomUUID } from 'node:crypto';
import type { Change } from '@netloom/core/model/change';
import type { Caller } from '../http/caller.ts';
import { isObject } from '../http/resource/value-types.ts';
import type { NetworkingApi } from '../http/resources/compose.ts';
import { buildServer } from '../http/server.ts';
import { toChange } from '../store/model-rows.ts';
import type { Queryable, Store } from '../store/store.ts';
import { type MadeObjects, madeObjects } from './made-objects.ts';
import type { PlannedRequest } from './plan-body.ts';
import { stageStore } from './stage-store.ts';

/** What requests would have changed. */
export interface Rehearsed {
  /** Newest revision that they were made upon. */
  readonly base: number;
  readonly changes: readonly Change[];
  readonly made: MadeObjects;
}

/** The first request that the API refuses, and what it says to it. */
export class Refused extends Error {
  readonly index: number;
  readonly status: number;
  readonly type: string;

  constructor(index: number, { status, type, message }: { status: number; type: string; message: string }) {
    super(message);
    this.index = index;
    this.status = status;
    this.type = type;
  }
}

export interface Rehearsal extends AsyncDisposable {
  /** Makes requests one after the other and takes all of it back. Throws Refused. */
  run(requests: readonly PlannedRequest[], caller: Caller): Promise<Rehearsed>;
}

/** Carries the result out of the transaction that nothing may be left of. */
class TakenBack extends Error {
  readonly rehearsed: Rehearsed;

  constructor(rehearsed: Rehearsed) {
    super('a rehearsal is over');
    this.rehearsed = rehearsed;
  }
}

/**
 * Requests are made by a second instance of the API's server, on a store that stands for one open transaction: the same routes, checks and
 * rules as ever. The transaction numbers its entries in the change log with a revision of its own, below all real ones: so it takes
 * neither the lock of the log nor a number that others would wait for, and nobody is told. Rows that it writes are locked until the
 * end, as in any transaction; rehearsals take turns.
 */
export function openRehearsal(store: Store, networking: NetworkingApi): Rehearsal {
  const stage = stageStore();
  const callers = new Map<string, Caller>();
  const server = buildServer({ store: stage.store, networking, authenticate: async (token) => callers.get(token) });
  let last: Promise<unknown> = Promise.resolve();

  async function rehearse(requests: readonly PlannedRequest[], caller: Caller, tx: Queryable): Promise<Rehearsed> {
    const [row] = await tx.query<{ base: number; own: string }>(BEGIN);
    const made = madeObjects();
    const token = randomUUID();
    callers.set(token, caller);
    try {
      await stage.play(tx, async () => {
        for (const [index, request] of requests.entries()) await ask(request, { index, token, made });
      });
    } finally {
      callers.delete(token);
    }
    const entries = await tx.query<{ kind: string; id: string; row: object | null }>(ENTRIES, [row?.own]);
    const changes = entries.flatMap(({ kind, id, row }) => toChange(kind, id, row) ?? []);
    return { base: row?.base ?? 0, changes, made };
  }

  async function ask(request: PlannedRequest, at: { index: number; token: string; made: MadeObjects }): Promise<void> {
    const { method, path, body, as } = request;
    const { index, token, made } = at;
    const answer = await server.inject({
      method,
      url: made.fillPath(path),
      headers: { 'x-auth-token': token },
      ...(body === undefined ? {} : { payload: JSON.stringify(made.fill(body)) }),
    });
    stage.rethrow();
    const json: unknown = answer.body === '' ? undefined : JSON.parse(answer.body);
    if (answer.statusCode >= 400) throw new Refused(index, { status: answer.statusCode, ...refusalIn(json) });
    made.keep(as, json);
  }

  return {
    async run(requests, caller) {
      const before = last;
      const mine = Promise.withResolvers<void>();
      last = mine.promise;
      await before;
      try {
        await store.transaction(async (tx) => {
          throw new TakenBack(await rehearse(requests, caller, tx));
        });
        throw new Error('a rehearsal was committed');
      } catch (error) {
        if (error instanceof TakenBack) return error.rehearsed;
        throw error;
      } finally {
        mine.resolve();
      }
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** One number for each connection: two controllers may rehearse at once, and neither waits for the other's entries. */
const BEGIN = `SELECT set_config('netloom.revision', (-pg_backend_pid())::text, true) AS own,
  greatest(revision, (SELECT max(revision) FROM changes)) AS base FROM change_floor`;

const ENTRIES = 'SELECT kind, id, row FROM changes WHERE revision = $1::bigint';

function refusalIn(body: unknown): { type: string; message: string } {
  const error = isObject(body) ? body['NeutronError'] : undefined;
  const { type = 'HTTPBadRequest', message = '' } = isObject(error) ? error : {};
  return { type: String(type), message: String(message) };
}
