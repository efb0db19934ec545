import type { LinkAddress } from '@netloom/api/link/link-address';
import { formatLinkAddress } from '@netloom/api/link/link-address';
import { closeFrame, errorOfClose, errorOfText } from '@netloom/api/link/link-close';
import { linkError } from '@netloom/api/link/link-errors';
import type { LinkKey } from '@netloom/api/link/link-key';
import type { AgentMessage, ControllerMessage } from '@netloom/api/link/messages';
import { MAX_CONTROLLER_MESSAGE, parseControllerMessage } from '@netloom/api/link/parse-message';
import { pskConnect } from '@netloom/api/link/psk-client';
import { CodedError } from '@netloom/core/errors/coded-error';
import { WebSocket } from 'ws';

/** Milliseconds between pings, and without any sign of the controller before the link counts as dead. */
export interface Liveness {
  readonly ping: number;
  readonly silence: number;
}

export interface LinkOptions {
  readonly address: LinkAddress;
  readonly key: LinkKey;
  readonly liveness: Liveness;
  /** Once both sides have proved who they are; what it gives is sent first. */
  onOpen(send: (message: AgentMessage) => void): AgentMessage;
  onMessage(message: ControllerMessage): void;
}

/** Holds one connection to one controller until it ends, and rejects with the coded error that ended it; resolves only when the signal aborts. */
export async function runLink(options: LinkOptions, signal: AbortSignal): Promise<void> {
  const { key, liveness } = options;
  const { promise: ended, reject, resolve } = Promise.withResolvers<void>();
  const socket = new WebSocket('wss://controller/agent', {
    createConnection: () => pskConnect(options.address, key),
    handshakeTimeout: 10_000,
    maxPayload: MAX_CONTROLLER_MESSAGE,
    perMessageDeflate: false,
  });
  const abort = () => resolve();
  signal.addEventListener('abort', abort, { once: true });
  let open = false;
  let over = false;
  let lastSign = Date.now();
  const sign = () => {
    lastSign = Date.now();
  };
  const pinging = setInterval(() => {
    if (Date.now() - lastSign > liveness.silence)
      reject(linkError('LINK_SILENT', { seconds: Math.round(liveness.silence / 1000) }));
    else if (open) socket.ping();
  }, liveness.ping);

  socket.on('open', () => {
    open = true;
    const send = (message: AgentMessage) => {
      if (!over && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    };
    send(options.onOpen(send));
  });
  socket.on('pong', sign);
  socket.on('ping', sign);
  socket.on('message', (data, binary) => {
    // What still trickles in after the end would mix with the words of the next link.
    if (over) return;
    sign();
    try {
      if (binary) throw linkError('LINK_MALFORMED', { at: 'the message itself', reason: 'binary' });
      options.onMessage(parseControllerMessage((data as Buffer).toString()));
    } catch (error) {
      if (error instanceof CodedError) socket.close(...closeFrame(error));
      reject(error);
    }
  });
  socket.on('close', (code, reason) => reject(errorOfClose(code, reason.toString(), key.host)));
  socket.on('error', (error) => reject(errorOfSocket(error, options, open)));
  socket.on('unexpected-response', (_request, response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      body = (body + chunk).slice(0, 4096);
    });
    response.on('close', () =>
      reject(
        errorOfText(body, key.host) ??
          linkError('LINK_REFUSED', { host: key.host, reason: `HTTP ${response.statusCode}` }),
      ),
    );
  });

  try {
    if (signal.aborted) abort();
    await ended;
    socket.close(1001, 'the agent stops');
  } finally {
    over = true;
    clearInterval(pinging);
    signal.removeEventListener('abort', abort);
    // An error after the end is of no more interest, but unheard it would end the process.
    socket.on('error', () => undefined);
    const killing = setTimeout(() => socket.terminate(), 1000);
    killing.unref();
    socket.once('close', () => clearTimeout(killing));
  }
}

function errorOfSocket(error: Error & { code?: string }, options: LinkOptions, open: boolean): CodedError {
  const { host } = options.key;
  // Without a common key the handshake cannot end well: TLS says so in an alert or in a record that does not decrypt.
  if (error.code?.startsWith('ERR_SSL') || error.code === 'EPROTO')
    return linkError('LINK_REFUSED', { host, reason: 'the link key is not the one that the controller knows' }, error);
  if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
    return linkError('LINK_TOO_LARGE', { limit: MAX_CONTROLLER_MESSAGE }, error);
  if (open) return linkError('LINK_CLOSED', { reason: error.message }, error);
  return linkError('LINK_UNREACHABLE', { address: formatLinkAddress(options.address), reason: error.message }, error);
}
