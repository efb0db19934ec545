import { createHmac } from 'node:crypto';
import { linkError } from './link-errors.ts';

/** What proves a host to a controller and a controller to a host. */
export interface LinkKey {
  readonly host: string;
  /** Counts the keys of a host; only the newest is accepted. */
  readonly serial: number;
  /** 32 bytes. */
  readonly psk: Buffer;
}

/** What the agent says of itself before the keys are compared: "host/serial". */
export function linkIdentity(key: { readonly host: string; readonly serial: number }): string {
  return `${key.host}/${key.serial}`;
}

/** Undefined when the text is no identity. Host names hold no "/", and TLS takes at most 255 bytes. */
export function parseIdentity(text: string): { host: string; serial: number } | undefined {
  const match = /^([^/\s:]{1,230})\/([1-9]\d{0,8})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { host: match[1], serial: Number(match[2]) };
}

/** The one key of a host's serial in an installation: HMAC-SHA256(secret, "host/serial"), so that nobody need store it. */
export function deriveLinkKey(secret: Uint8Array, host: string, serial: number): LinkKey {
  const psk = createHmac('sha256', secret).update(linkIdentity({ host, serial })).digest();
  return { host, serial, psk };
}

export function formatLinkKey(key: LinkKey): string {
  return `${linkIdentity(key)}:${key.psk.toString('hex')}`;
}

/** Throws LINK_KEY_INVALID, which never repeats the key. */
export function parseLinkKey(text: string): LinkKey {
  const [identityText = '', hex = '', ...rest] = text.trim().split(':');
  const identity = parseIdentity(identityText);
  if (identity === undefined)
    throw linkError('LINK_KEY_INVALID', { reason: 'the part before ":" is not "host/serial"' });
  if (rest.length > 0 || !/^[0-9a-f]{64}$/i.test(hex))
    throw linkError('LINK_KEY_INVALID', { reason: 'the part after ":" is not 64 hexadecimal digits' });
  return { ...identity, psk: Buffer.from(hex, 'hex') };
}
