import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { LinkAddress } from './link-address.ts';
import { type LinkKey, linkIdentity } from './link-key.ts';
import { PSK_CIPHERS, PSK_VERSION } from './psk-suite.ts';

/** The agent's side of the handshake. The controller needs no name or certificate: only one that holds the key can finish it. */
export function pskConnect(address: LinkAddress, key: LinkKey): TLSSocket {
  const socket = connectPlain(address);
  return connectTls({
    socket,
    ciphers: PSK_CIPHERS,
    minVersion: PSK_VERSION,
    maxVersion: PSK_VERSION,
    pskCallback: () => ({ psk: key.psk, identity: linkIdentity(key) }),
    checkServerIdentity: () => undefined,
  });
}
