import { randomUUID } from 'node:crypto';
import { formatLinkAddress, parseLinkAddress } from '@netloom/api/link/link-address';
import { linkError } from '@netloom/api/link/link-errors';
import type { PskIdentity } from '@netloom/api/link/psk-server';
import type { Loom } from '@netloom/core/compile/loom';
import { CodedError } from '@netloom/core/errors/coded-error';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Store } from '../store/store.ts';
import { listenForAgents } from './agent-listener.ts';
import { type AgentSession, type Hello, openSession, type SessionTimes } from './agent-session.ts';
import { type AnswersOfHosts, makeAgentAsker, type QuestionsOfHosts } from './ask-agents.ts';
import { openAsker } from './ask-everywhere.ts';
import { HOSTS_CHANNEL, KEYS_CHANNEL, ROLL_CALL_CHANNEL } from './channels.ts';
import { makeHostBoard } from './host-board.ts';
import { type HostKeys, makeHostKeys } from './host-keys.ts';
import { readHost, takeHello } from './host-registry.ts';
import { makePacketLogWriter } from './packet-log-writer.ts';
import { makeProgress } from './progress.ts';
import { makeRealizationBook, type RealizationBook } from './realization.ts';
import { makeReportWriter } from './report-writer.ts';
import { makeSessionBook } from './session-book.ts';
import { openWeaver } from './weaver.ts';

export interface RealizeOptions {
  readonly store: Store;
  /** The 32 bytes of `loadInstallationSecret`. */
  readonly secret: Uint8Array;
  /** Where agents connect: "tcp://host:port", "unix:/path". */
  readonly listen: readonly string[];
  readonly log: Logger;
  /** Bytes one agent may lag behind before it gets a whole view instead of deltas; 8 MiB when absent. */
  readonly maxBacklog?: number;
  readonly times?: SessionTimes;
  /** Milliseconds between signs of life of this controller in the database; 15,000 when absent. */
  readonly heartbeat?: number;
}

/** Brings what the database holds to the hosts, and back what became of it. */
export interface Realize extends AsyncDisposable {
  /** Where it listens for agents, ports chosen for port 0 included. */
  readonly addresses: readonly string[];
  readonly keys: HostKeys;
  readonly loom: Loom;
  /** Newest revision that was woven here. */
  readonly revision: number;
  readonly realizations: RealizationBook;
  /** Resolves when the loom has woven the revision; rejects when the signal aborts first. */
  reached(revision: number, signal: AbortSignal): Promise<void>;
  /** True while the agent of the host is connected to this controller or another. */
  isConnected(host: string): boolean;
  /** Asks the agents of hosts, connected here or elsewhere; without the hosts that do not answer while the patience lasts. */
  ask(questions: QuestionsOfHosts, patience: AbortSignal): Promise<AnswersOfHosts>;
  /** Of messages to agents, before encryption. */
  readonly bytesSent: number;
}

const TIMES: SessionTimes = { hello: 10_000, ping: 15_000 };
/** Milliseconds to wait for changes that another controller has told an agent of, and we have not seen yet. */
const CATCH_UP = 5000;

/** Weaves the model, follows its changes and serves agents until disposed. Several may share one database. */
export async function openRealize(options: RealizeOptions): Promise<Realize> {
  const { store, log } = options;
  const controller = randomUUID();
  const stopping = new AbortController();
  const keys = makeHostKeys(options.secret);
  const onError = (error: unknown) => log.error({ err: error }, 'realize');

  const weaver = await openWeaver({
    store,
    log,
    onBatch(revision, deltas, changes) {
      for (const { kind, id, object } of changes) if (kind === 'host' && object === null) progress.forget(id);
      progress.touch(
        deltas.flatMap(({ hosts }) => hosts),
        revision,
      );
      book.send(revision, deltas);
      for (const { hosts, delta } of deltas) {
        const gone = delta.ports?.deletes ?? [];
        if (gone.length > 0) for (const host of hosts) writer.gone(book.sessions.has(host) ? host : '', gone);
      }
      realizations.changed();
    },
    onReset() {
      for (const host of board.hosts.keys()) progress.doubt(host, { first: 0, last: weaver.revision });
      book.resend();
    },
  });
  const progress = makeProgress(weaver.revision);
  const applied = new Map<string, number>();
  const writer = makeReportWriter({
    store,
    controller,
    onWritten(written) {
      for (const [host, revision] of written) {
        applied.set(host, revision);
        progress.confirm(host, revision);
      }
      realizations.changed();
    },
    onError,
  });
  const book = makeSessionBook({
    weaver: () => weaver,
    maxBacklog: options.maxBacklog ?? 8 << 20,
    onView: (host, revision) => progress.doubt(host, { first: revision, last: revision }),
  });
  const board = makeHostBoard(store, controller, () => {
    for (const [host, entry] of board.hosts) {
      if (entry.applied === null || book.sessions.has(host)) continue;
      applied.set(host, entry.applied);
      progress.confirm(host, entry.applied);
    }
    realizations.changed();
  });
  const packets = makePacketLogWriter({
    store,
    isThere: (port, host) => weaver.loom.hostOfPort(port) === host,
    onError,
  });
  const agents = makeAgentAsker({
    sessions: book.sessions,
    onProblem: (host, problem) => log.warn({ host, problem }, 'an agent cannot answer'),
  });
  const isConnected = (host: string) => book.sessions.has(host) || board.hosts.get(host)?.elsewhere === true;
  const realizations = makeRealizationBook({
    store,
    progress,
    woven: () => weaver.revision,
    isConnected,
    appliedOf: (host) => applied.get(host) ?? null,
  });

  const rollCall = () => {
    for (const [host, session] of book.sessions) {
      writer.presence(host, true);
      if (session.live && !progress.isBehind(host)) writer.caughtUp(host, weaver.revision);
    }
  };
  const recheck = async (host: string | null) => {
    for (const session of book.sessions.values()) {
      if (host !== null && host !== session.host) continue;
      await readHost(store, session).catch((error: unknown) => {
        if (error instanceof CodedError && error.code === 'LINK_REFUSED') session.end(error);
        else onError(error);
      });
    }
  };
  const greet = async (session: AgentSession, hello: Hello) => {
    await takeHello(store, session, hello);
    // A view older than what the agent has would take back what was already done, a denial among it. It is the right
    // one only when the database itself went back.
    const patience = AbortSignal.any([stopping.signal, AbortSignal.timeout(CATCH_UP)]);
    await weaver.reached(hello.revision, patience).catch(() => undefined);
    if (session.closed) return;
    book.enter(session, hello.digest);
    writer.presence(session.host, true);
    log.info({ host: session.host, revision: hello.revision }, 'agent connected');
  };

  const serve = (socket: WebSocket, identity: PskIdentity) => {
    let whole = true;
    const session = openSession(
      socket,
      { ...identity, times: options.times ?? TIMES },
      {
        onHello: (hello) => greet(session, hello),
        onReport(message) {
          if (book.sessions.get(session.host) !== session) return;
          if (message.type === 'answer') return agents.answered(session.host, message);
          if (message.type === 'packets') return packets.take(session.host, message);
          if (message.type === 'drift') return writer.drift(session.host, message.events);
          const revision = Math.min(message.revision, weaver.revision);
          writer.applied(session.host, { revision, statuses: message.statuses, whole });
          whole = false;
        },
        onClose() {
          const upToDate = session.live && !progress.isBehind(session.host);
          if (!book.leave(session)) return;
          agents.left(session.host);
          if (upToDate) writer.caughtUp(session.host, weaver.revision);
          writer.presence(session.host, false);
          log.info({ host: session.host }, 'agent left');
        },
      },
    );
  };

  await board.refresh();
  for (const [host, { applied }] of board.hosts) {
    // A host that nothing was ever asked of owes nothing; of another that lags nobody knows any more what touched it.
    if (applied === null && isEmptyView(weaver.loom, host)) continue;
    if ((applied ?? 0) < weaver.revision) progress.doubt(host, { first: (applied ?? 0) + 1, last: weaver.revision });
  }

  // Closed from the last to the first: agents hear goodbye while what they reported can still be written.
  await using opened = new AsyncDisposableStack();
  opened.use(book);
  opened.use(
    await store.listen(HOSTS_CHANNEL, (from) => {
      if (from !== controller) board.refresh().catch(onError);
    }),
  );
  const asker = opened.use(
    await openAsker({
      store,
      agents,
      isHere: (host) => book.sessions.has(host),
      isElsewhere: (host) => board.hosts.get(host)?.elsewhere === true,
      onError,
    }),
  );
  opened.use(await store.listen(ROLL_CALL_CHANNEL, rollCall));
  opened.use(await store.listen(KEYS_CHANNEL, (host) => void recheck(host)));
  opened.defer(runInBackground((signal) => packets.run(signal)));
  opened.defer(runInBackground((signal) => writer.run(signal)));
  opened.defer(runInBackground((signal) => weaver.run(signal)));
  const listener = opened.use(
    await listenForAgents({
      addresses: options.listen.map((address) => parseLinkAddress(address)),
      keys,
      admit: async (identity) => void (await readHost(store, identity)),
      onAgent: serve,
      onError,
    }),
  );
  const heartbeat = setInterval(() => {
    rollCall();
    board.refresh().catch(onError);
  }, options.heartbeat ?? 15_000);
  opened.defer(() => {
    clearInterval(heartbeat);
    stopping.abort();
    rollCall();
    for (const session of book.sessions.values()) {
      writer.presence(session.host, false);
      session.end(linkError('LINK_CLOSED', { reason: 'the controller stops' }));
    }
  });
  await store.query('SELECT pg_notify($1, $2)', [ROLL_CALL_CHANNEL, controller]);

  const open = opened.move();
  return {
    addresses: listener.addresses.map(formatLinkAddress),
    keys,
    realizations,
    isConnected,
    reached: (revision, signal) => weaver.reached(revision, signal),
    ask: (questions, patience) => asker.ask(questions, patience),
    get loom() {
      return weaver.loom;
    },
    get revision() {
      return weaver.revision;
    },
    get bytesSent() {
      return book.bytesSent;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Starts it; gives what ends it and waits for the end. */
function runInBackground(work: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
  const ending = new AbortController();
  const running = work(ending.signal);
  return () => {
    ending.abort();
    return running;
  };
}

function isEmptyView(loom: Loom, host: string): boolean {
  return Object.values(loom.view(host)).every((rows) => rows.size === 0);
}
