import { createHash } from 'node:crypto';
import { macFrom } from '@netloom/core/net/mac';

const MAC_BASE = 'fa:16:3e:00:00:00';

/** A UUID made from a name (RFC 9562, version 8). */
export function idOf(kind: string, name: string): string {
  const bytes = hashOf(`${kind} ${name}`).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function macOf(name: string): string {
  return macFrom(MAC_BASE, hashOf(`mac ${name}`));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
