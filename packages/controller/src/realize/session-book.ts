import { linkError } from '@netloom/api/link/link-errors';
import type { ControllerMessage } from '@netloom/api/link/messages';
import { tablesDigest } from '@netloom/api/link/tables-digest';
import { toWireTables } from '@netloom/api/link/wire-tables';
import type { HostDelta } from '@netloom/core/compile/loom';
import type { AgentSession } from './agent-session.ts';
import type { Weaver } from './weaver.ts';

/** The agents connected to this controller, each brought to the newest view and kept there. */
export interface SessionBook extends Disposable {
  readonly sessions: ReadonlyMap<string, AgentSession>;
  /** Sends "current" when the agent's replica has this digest, the whole view otherwise; deltas follow. Ends an older session of the host. */
  enter(session: AgentSession, digest: string): void;
  /** True when it was the host's session, and not an older one that was replaced. */
  leave(session: AgentSession): boolean;
  send(revision: number, deltas: readonly HostDelta[]): void;
  /** Gives every agent its whole view anew. */
  resend(): void;
  readonly bytesSent: number;
}

export interface SessionBookOptions {
  readonly weaver: () => Pick<Weaver, 'loom' | 'revision'>;
  /** Bytes that one agent may lag behind before deltas to it are dropped for a later view. */
  readonly maxBacklog: number;
  /** The host is sent a whole view: whatever it confirmed before, it must confirm this. */
  onView(host: string, revision: number): void;
}

/** Views on their way at the same time: a thousand agents that come at once must not need a thousand views in memory. */
const VIEWS_AT_ONCE = 16;
/** Milliseconds between looks at agents that lag behind. */
const LAG_CHECK = 250;

export function makeSessionBook(options: SessionBookOptions): SessionBook {
  const sessions = new Map<string, AgentSession>();
  /** Agents that need a view or a word that theirs is current, with the digest they came with. */
  const waiting = new Map<AgentSession, string>();
  const lagging = new Set<AgentSession>();
  let underWay = 0;
  let bytesSent = 0;

  const post = (session: AgentSession, message: Buffer): Promise<void> => {
    bytesSent += message.length;
    return session.send(message);
  };

  const bring = async (session: AgentSession, digest: string) => {
    const { loom, revision } = options.weaver();
    const view = loom.view(session.host);
    const current = digest !== '' && tablesDigest(view) === digest;
    session.live = true;
    if (!current) options.onView(session.host, revision);
    await post(
      session,
      encode(current ? { type: 'current', revision } : { type: 'view', revision, tables: toWireTables(view) }),
    );
  };

  const pump = () => {
    for (const [session, digest] of waiting) {
      if (underWay >= VIEWS_AT_ONCE) return;
      waiting.delete(session);
      if (session.closed || sessions.get(session.host) !== session) continue;
      underWay++;
      void bring(session, digest).finally(() => {
        underWay--;
        pump();
      });
    }
  };

  const need = (session: AgentSession, digest: string) => {
    session.live = false;
    waiting.set(session, digest);
    pump();
  };

  const lagCheck = setInterval(() => {
    for (const session of lagging) {
      if (!session.closed && session.backlog > options.maxBacklog / 8) continue;
      lagging.delete(session);
      need(session, '');
    }
  }, LAG_CHECK);

  return {
    sessions,
    get bytesSent() {
      return bytesSent;
    },
    enter(session, digest) {
      sessions.get(session.host)?.end(linkError('LINK_REPLACED', { host: session.host }));
      sessions.set(session.host, session);
      need(session, digest);
    },
    leave(session) {
      waiting.delete(session);
      lagging.delete(session);
      return sessions.get(session.host) === session && sessions.delete(session.host);
    },
    send(revision, deltas) {
      for (const { hosts, delta } of deltas) {
        let message: Buffer | undefined;
        for (const host of hosts) {
          const session = sessions.get(host);
          if (session === undefined || !session.live) continue;
          if (session.backlog > options.maxBacklog) {
            session.live = false;
            lagging.add(session);
            continue;
          }
          message ??= encode({ type: 'delta', revision, delta });
          void post(session, message);
        }
      }
    },
    resend() {
      for (const session of sessions.values()) need(session, '');
    },
    [Symbol.dispose]: () => clearInterval(lagCheck),
  };
}

function encode(message: ControllerMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}
