import { constants } from 'node:crypto';
import type { ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { parseIdentity } from './link-key.ts';
import { PSK_CIPHERS, PSK_VERSION } from './psk-suite.ts';

/** Who a connection proved to be. */
export interface PskIdentity {
  readonly host: string;
  readonly serial: number;
}

export interface PskServer {
  /** For https.createServer(). */
  readonly options: ServerOptions;
  /** Undefined for a socket that came in by no handshake of ours. */
  identityOf(socket: unknown): PskIdentity | undefined;
}

/**
 * The controller's side of the handshake: both sides prove that they hold the key of "host/serial". Whether that serial
 * is still the host's is for the caller to ask after it, because the handshake cannot wait for a database.
 */
export function pskServer(keyOf: (identity: PskIdentity) => Buffer): PskServer {
  const identities = new WeakMap<object, PskIdentity>();
  const pskCallback = (socket: TLSSocket, text: string) => {
    const identity = parseIdentity(text);
    if (identity === undefined) return null;
    identities.set(socket, identity);
    return keyOf(identity);
  };
  return {
    options: {
      ciphers: PSK_CIPHERS,
      minVersion: PSK_VERSION,
      maxVersion: PSK_VERSION,
      // A resumed session would skip pskCallback, and with it the proof.
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: 10_000,
      pskCallback,
    },
    identityOf: (socket) => (typeof socket === 'object' && socket !== null ? identities.get(socket) : undefined),
  };
}
