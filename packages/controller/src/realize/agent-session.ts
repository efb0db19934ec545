import { closeFrame } from '@netloom/api/link/link-close';
import { linkError } from '@netloom/api/link/link-errors';
import type { AgentMessage } from '@netloom/api/link/messages';
import { parseAgentMessage } from '@netloom/api/link/parse-message';
import { CodedError } from '@netloom/core/errors/coded-error';
import { WebSocket } from 'ws';

export type Hello = Extract<AgentMessage, { type: 'hello' }>;

/** One connection of one agent. */
export interface AgentSession {
  readonly host: string;
  readonly serial: number;
  /** The replica at the other end follows: deltas may be sent. */
  live: boolean;
  /** Bytes sent and not yet taken by the network. */
  readonly backlog: number;
  readonly closed: boolean;
  /** Resolves when the network has taken the message, or the connection is gone. */
  send(message: Buffer): Promise<void>;
  /** Ends the connection and tells the agent why. */
  end(reason: CodedError): void;
}

export interface SessionEvents {
  onHello(hello: Hello): Promise<void>;
  onReport(message: Exclude<AgentMessage, Hello>): void;
  /** Once, however it came; `live` still says what it was. */
  onClose(): void;
}

export interface SessionTimes {
  /** Milliseconds that an agent has to say hello. */
  readonly hello: number;
  /** Milliseconds between pings; two in a row without an answer end the connection. */
  readonly ping: number;
}

export function openSession(
  socket: WebSocket,
  who: { readonly host: string; readonly serial: number; readonly times: SessionTimes },
  events: SessionEvents,
): AgentSession {
  let greeted = false;
  let unanswered = 0;
  const session: AgentSession = {
    host: who.host,
    serial: who.serial,
    live: false,
    get backlog() {
      return socket.bufferedAmount;
    },
    get closed() {
      return socket.readyState !== WebSocket.OPEN;
    },
    send: (message) =>
      new Promise((resolve) => {
        // Text on the wire; the bytes are shared by all sessions that get the same message.
        socket.send(message, { binary: false }, () => resolve());
      }),
    end(reason) {
      session.live = false;
      socket.close(...closeFrame(reason));
      // An agent that does not answer the goodbye is not waited for.
      setTimeout(() => socket.terminate(), 1000).unref();
    },
  };
  const fail = (error: unknown) =>
    session.end(error instanceof CodedError ? error : linkError('LINK_BUSY', { reason: 'an error inside' }));
  const greeting = setTimeout(() => {
    if (!greeted) session.end(linkError('LINK_SILENT', { seconds: who.times.hello / 1000 }));
  }, who.times.hello);
  const pinging = setInterval(() => {
    if (unanswered++ >= 2) socket.terminate();
    else socket.ping();
  }, who.times.ping);
  const sign = () => {
    unanswered = 0;
  };
  socket.on('pong', sign).on('ping', sign);
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearTimeout(greeting);
    clearInterval(pinging);
    events.onClose();
    session.live = false;
  });
  socket.on('message', (data, binary) => {
    sign();
    if (session.closed) return;
    try {
      if (binary) throw linkError('LINK_MALFORMED', { at: 'the message itself', reason: 'binary' });
      const message = parseAgentMessage((data as Buffer).toString());
      if ((message.type === 'hello') === greeted)
        throw linkError('LINK_MALFORMED', { at: 'type', reason: greeted ? 'a second hello' : 'no hello first' });
      if (message.type !== 'hello') return events.onReport(message);
      greeted = true;
      events.onHello(message).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
  return session;
}
