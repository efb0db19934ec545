import { hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@netloom/core/errors/coded-error';
import { identityFailure } from './identity-failures.ts';

const SECRET_BYTES = 32;

/**
 * The 32 random bytes all keys of an installation derive from, kept as hexadecimal text in `installation-secret` (mode
 * 0600) of the data folder and made there on first use; of several processes that make it at once, all get the same one.
 * Throws INSTALLATION_SECRET_EXPOSED, _DAMAGED or _UNUSABLE.
 */
export async function loadInstallationSecret(dataFolder: string): Promise<Uint8Array> {
  const file = join(dataFolder, 'installation-secret');
  try {
    return (await readSecret(file)) ?? (await createSecret(dataFolder, file));
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw identityFailure('INSTALLATION_SECRET_UNUSABLE', { file, reason: (cause as Error).message }, cause);
  }
}

/** A 32-byte key for one purpose (RFC 5869, SHA-256); different `info` strings give unrelated keys. */
export function deriveKey(secret: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), info, 32));
}

async function readSecret(file: string): Promise<Uint8Array | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) {
      throw identityFailure('INSTALLATION_SECRET_EXPOSED', { file, mode: (mode & 0o777).toString(8) });
    }
    const text = (await handle.readFile('utf8')).trim();
    if (!/^[0-9a-f]{64}$/.test(text)) throw identityFailure('INSTALLATION_SECRET_DAMAGED', { file });
    return Buffer.from(text, 'hex');
  } finally {
    await handle.close();
  }
}

/** Linking a finished file under its name makes it appear whole, and only once. */
async function createSecret(folder: string, file: string): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(SECRET_BYTES).toString('hex')}\n`);
    await handle.sync();
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await unlink(draft);
  }
  const secret = await readSecret(file);
  if (secret === undefined) throw new Error('it vanished while it was made');
  return secret;
}
