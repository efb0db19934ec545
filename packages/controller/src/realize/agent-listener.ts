import { chmod, unlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { formatLinkAddress, type LinkAddress } from '@netloom/api/link/link-address';
import { linkError } from '@netloom/api/link/link-errors';
import { MAX_AGENT_MESSAGE } from '@netloom/api/link/parse-message';
import { type PskIdentity, pskServer } from '@netloom/api/link/psk-server';
import { CodedError } from '@netloom/core/errors/coded-error';
import { type WebSocket, WebSocketServer } from 'ws';
import type { HostKeys } from './host-keys.ts';

export interface AgentListenerOptions {
  readonly addresses: readonly LinkAddress[];
  readonly keys: HostKeys;
  /** Whether the identity is a host's newest; throws a coded error of the link when it is not. */
  admit(identity: PskIdentity): Promise<void>;
  /** A connection of an agent that has proved and been admitted. */
  onAgent(socket: WebSocket, identity: PskIdentity): void;
  onError(error: unknown): void;
}

export interface AgentListener extends AsyncDisposable {
  /** Where it listens, with the port that was chosen for port 0. */
  readonly addresses: readonly LinkAddress[];
}

/** Listens for agents on every address. Stale unix sockets are replaced; one that is in use is an error (EADDRINUSE). */
export async function listenForAgents(options: AgentListenerOptions): Promise<AgentListener> {
  const psk = pskServer(({ host, serial }) => options.keys.keyOf(host, serial).psk);
  const websockets = new WebSocketServer({ noServer: true, maxPayload: MAX_AGENT_MESSAGE, perMessageDeflate: false });
  const sockets = new Set<Duplex>();

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const identity = psk.identityOf(socket);
    socket.on('error', () => socket.destroy());
    try {
      if (identity === undefined) throw linkError('LINK_REFUSED', { host: '?', reason: 'no handshake' });
      await options.admit(identity);
      if (socket.destroyed) return;
      websockets.handleUpgrade(request, socket, head, (websocket) => options.onAgent(websocket, identity));
    } catch (error) {
      if (!(error instanceof CodedError)) options.onError(error);
      const { code, message, status } =
        error instanceof CodedError ? error : linkError('LINK_BUSY', { reason: 'the database does not answer' });
      const body = `${code}: ${message}\n`;
      socket.end(
        `HTTP/1.1 ${status === 403 ? '403 Forbidden' : '503 Service Unavailable'}\r\nConnection: close\r\n` +
          `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    }
  };

  const open = async (address: LinkAddress): Promise<Server> => {
    const server = createServer({ ...psk.options, requestTimeout: 10_000 }, (_request, response) => {
      response.writeHead(426, { 'Content-Type': 'text/plain' }).end('agents of netloom connect here by WebSocket\n');
    });
    server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));
    // A peer without the right key is not worth a word, and must not end the process.
    server.on('tlsClientError', () => undefined);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    if ('path' in address) await removeStale(address.path);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject).listen(address, resolve);
    await promise;
    server.off('error', reject).on('error', (error) => options.onError(error));
    // Whoever reaches it must still prove its key: agents may run under other accounts.
    if ('path' in address) await chmod(address.path, 0o666);
    return server;
  };

  const servers: Server[] = [];
  const close = async () => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  try {
    for (const address of options.addresses) servers.push(await open(address));
  } catch (error) {
    await close();
    throw error;
  }
  const addresses = options.addresses.map((address, i) => {
    const actual = servers[i]?.address();
    return 'path' in address || typeof actual !== 'object' || !actual ? address : { ...address, port: actual.port };
  });
  return { addresses, [Symbol.asyncDispose]: close };
}

/** Removes a socket that nobody listens on any more: a controller that was killed leaves it. */
async function removeStale(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const probe: Socket = connect(path, () => resolve(undefined)).on('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code),
  );
  const code = await promise;
  probe.destroy();
  if (code === 'ECONNREFUSED') await unlink(path);
  else if (code !== 'ENOENT')
    throw Object.assign(new Error(`${formatLinkAddress({ path })} is in use`), { code: 'EADDRINUSE' });
}
