import { appendFile, open, readFile, rename, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * A file of JSON entries, one a line, each behind its CRC-32. `readEntries` gives the entries up to the first line that is
 * torn or spoilt and cuts the file there, so that what is appended next stands on sound ground: a process may die at any
 * byte of a write. A missing file has no entries.
 */
export async function readEntries(file: string): Promise<unknown[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const entries: unknown[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const entry = readLine(bytes.subarray(start, end));
    if (entry === undefined) break;
    entries.push(entry);
    start = end + 1;
  }
  if (start < bytes.length) await truncate(file, start);
  return entries;
}

function readLine(line: Buffer): unknown {
  const json = line.subarray(9);
  if (line[8] !== 32 || line.toString('latin1', 0, 8) !== checksum(json)) return undefined;
  return JSON.parse(json.toString());
}

function checksum(json: Uint8Array): string {
  return crc32(json).toString(16).padStart(8, '0');
}

function formatEntries(entries: readonly unknown[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const json = Buffer.from(`${JSON.stringify(entry)}\n`);
      return [Buffer.from(`${checksum(json.subarray(0, -1))} `), json];
    }),
  );
}

/** Gives the bytes written. Not synced: after a power cut the host may start from an older view, and the controller sees that by its digest. */
export async function appendEntries(file: string, entries: readonly unknown[]): Promise<number> {
  const bytes = formatEntries(entries);
  await appendFile(file, bytes, { mode: 0o600 });
  return bytes.length;
}

/** Puts the entries in place of the whole file, which is the old one or the new one at any instant, also after a power cut. Gives the bytes written. */
export async function replaceEntries(file: string, entries: readonly unknown[]): Promise<number> {
  const bytes = formatEntries(entries);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return bytes.length;
}
