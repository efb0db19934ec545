import { deriveLinkKey, formatLinkKey, type LinkKey } from '@netloom/api/link/link-key';
import { deriveKey } from '../identity/installation-secret.ts';

/** Derives the link keys of an installation's hosts; nothing of them is stored but the serial. */
export interface HostKeys {
  keyOf(host: string, serial: number): LinkKey;
  /** As an agent takes it: "host/serial:hex". */
  textOf(host: string, serial: number): string;
}

/** `secret`: the 32 bytes of `loadInstallationSecret`. */
export function makeHostKeys(secret: Uint8Array): HostKeys {
  const linkSecret = deriveKey(secret, 'netloom agent link');
  const keyOf = (host: string, serial: number) => deriveLinkKey(linkSecret, host, serial);
  return { keyOf, textOf: (host, serial) => formatLinkKey(keyOf(host, serial)) };
}
