import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { databaseFolder } from '../support/database.ts';

const root = process.getuid?.() === 0;
const CHILD = join(import.meta.dirname, 'embedded-child.ts');

interface Said {
  readonly url: string;
  readonly pid: number;
  readonly code?: string;
  readonly message?: string;
}

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A process of its own that runs the server; `prefix` is what it is started through. */
async function startChild(
  t: TestContext,
  args: string[],
  prefix: string[] = [],
): Promise<Said & { child: ChildProcess }> {
  const [program, ...rest] = [...prefix, process.execPath, CHILD, ...args];
  const child = spawn(program as string, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return { child, ...(JSON.parse(line) as Said) };
}

async function gone(pid: number): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(10)) {
    try {
      if (/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))) return;
    } catch {
      return;
    }
  }
  assert.fail(`process ${pid} still lives`);
}

test('keeps its data over a restart, safely, and listens on its socket alone', async (t) => {
  const folder = databaseFolder(t);
  const dataFolder = join(folder, 'db');
  const first = await startEmbeddedPostgres({ dataFolder });
  await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  const [settings] = await query(
    first.url,
    `SELECT current_setting('fsync') AS fsync, current_setting('data_checksums') AS checksums,
      current_setting('listen_addresses') AS tcp, current_setting('full_page_writes') AS pages, rolsuper AS super
    FROM pg_roles WHERE rolname = current_user`,
  );
  assert.deepEqual(settings, { fsync: 'on', checksums: 'on', tcp: '', pages: 'on', super: false });
  assert.equal((await stat(dataFolder)).mode & 0o777, 0o700);
  assert.equal((await stat(join(dataFolder, 'password'))).mode & 0o777, 0o600);
  assert.notEqual((await stat(`/proc/${first.pid}`)).uid, root ? -1 : 0);
  await assert.rejects(query(first.url.replace(/:[0-9a-f]{64}@/, ':guess@'), 'SELECT 1'), { code: '28P01' });
  await assert.rejects(query(first.url.replace('netloom:', 'postgres:'), 'SELECT 1'), { code: '28000' });
  await Promise.all([first.stop(), first.stop()]);
  await gone(first.pid);

  const second = await startEmbeddedPostgres({ dataFolder });
  assert.deepEqual(await query(second.url, 'SELECT n FROM kept'), [{ n: 7 }]);
  await second.stop();
});

test('is started again when the server is killed', async (t) => {
  const deaths: Error[] = [];
  const server = await startEmbeddedPostgres({
    dataFolder: databaseFolder(t),
    onDeath: (error) => deaths.push(error),
  });
  t.after(() => server.stop());
  await query(server.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  const { pid } = server;
  process.kill(pid, 'SIGKILL');
  for (const end = Date.now() + 20_000; server.pid === pid && Date.now() < end; ) await sleep(10);
  assert.deepEqual(await query(server.url, 'SELECT n FROM kept'), [{ n: 7 }]);
  assert.deepEqual(
    deaths.map((error) => (error as { code?: string }).code),
    ['POSTGRES_DIED'],
  );
});

test('dies with a killed controller, and the next one recovers', async (t) => {
  const folder = databaseFolder(t);
  const first = await startChild(t, [folder]);
  await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  first.child.kill('SIGKILL');
  const second = await startChild(t, [folder]);
  assert.deepEqual(await query(second.url, 'SELECT n FROM kept'), [{ n: 7 }]);
  await gone(first.pid);
  process.kill(second.pid, 'SIGSTOP');
  second.child.kill('SIGKILL');
  setTimeout(() => process.kill(second.pid, 'SIGCONT'), 1000);
  // The old server cannot die yet: the new one must wait for it.
  const third = await startChild(t, [folder]);
  await gone(second.pid);
  assert.deepEqual(await query(third.url, 'SELECT n FROM kept'), [{ n: 7 }]);
  third.child.kill('SIGTERM');
  assert.deepEqual(await once(third.child, 'exit'), [0, null]);
  await gone(third.pid);
});

test('dies with a controller that is killed at any moment of the first start', async (t) => {
  for (const delay of [10, 100, 250, 450]) {
    const folder = databaseFolder(t);
    const child = spawn(process.execPath, [CHILD, folder], { stdio: 'ignore' });
    await sleep(delay + 100 * Math.random());
    child.kill('SIGKILL');
    const { url, child: next } = await startChild(t, [folder]);
    assert.deepEqual(await query(url, 'SELECT 1 AS n'), [{ n: 1 }]);
    next.kill('SIGTERM');
    await once(next, 'exit');
  }
});

test('two controllers never share a folder', async (t) => {
  const folder = databaseFolder(t);
  const [one, two] = await Promise.all([startChild(t, [folder, '2']), startChild(t, [folder, '2'])]);
  const [winner, loser] = one.code ? [two, one] : [one, two];
  assert.equal(loser.code, 'POSTGRES_FOLDER_BUSY');
  assert.deepEqual(await query(winner.url, 'SELECT 1 AS n'), [{ n: 1 }]);
});

test('a path too long for a socket gets a short one, which is gone after the end', async (t) => {
  const folder = databaseFolder(t);
  const dataFolder = join(folder, 'x'.repeat(100));
  const server = await startChild(t, [dataFolder]);
  const first = await readlink(join(dataFolder, 'socket'));
  assert.equal((await stat(first)).mode & 0o777, 0o700);
  server.child.kill('SIGKILL');
  const again = await startEmbeddedPostgres({ dataFolder });
  const second = await readlink(join(dataFolder, 'socket'));
  assert.deepEqual(await query(again.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  await again.stop();
  for (const path of [first, second]) await assert.rejects(stat(path), { code: 'ENOENT' });
});

test('a pid file that names an unrelated living process is no obstacle', async (t) => {
  const dataFolder = databaseFolder(t);
  const first = await startEmbeddedPostgres({ dataFolder });
  const pidFile = await readFile(join(dataFolder, 'data/postmaster.pid'), 'utf8');
  await first.stop();
  const other = spawn('sleep', ['60'], { uid: (await stat(join(dataFolder, 'data'))).uid });
  t.after(() => other.kill());
  await writeFile(join(dataFolder, 'data/postmaster.pid'), pidFile.replace(/^\d+/, String(other.pid)));
  const second = await startEmbeddedPostgres({ dataFolder });
  await second.stop();
});

test('what cannot work is said with a code', async (t) => {
  const folder = databaseFolder(t);
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(startEmbeddedPostgres({ dataFolder: join(folder, 'file/db') }), {
    code: 'POSTGRES_FOLDER_UNUSABLE',
  });
  const dataFolder = join(folder, 'db');
  await (await startEmbeddedPostgres({ dataFolder })).stop();
  const version = join(dataFolder, 'data/PG_VERSION');
  await writeFile(version, '16\n');
  await assert.rejects(startEmbeddedPostgres({ dataFolder }), { code: 'POSTGRES_FOLDER_VERSION' });
  await writeFile(version, '18\n');
  await writeFile(join(dataFolder, 'data/postgresql.conf'), 'nonsense');
  await assert.rejects(startEmbeddedPostgres({ dataFolder }), { code: 'POSTGRES_DIED', message: /syntax error/ });
  await assert.rejects(startEmbeddedPostgres({ dataFolder, signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('a full disk is said with a code', async (t) => {
  const folder = databaseFolder(t);
  const mount = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
  const script = `mount -t tmpfs -o size=20m none '${folder}' && chmod 755 '${folder}' && exec "$@"`;
  const { code } = await startChild(t, [join(folder, 'db')], [...mount, script, 'sh']);
  assert.equal(code, 'POSTGRES_DISK_FULL');
});

test('runs as root of a user namespace, and without root', async (t) => {
  const folder = databaseFolder(t);
  const inside = await startChild(t, [join(folder, 'inside')], ['unshare', '--user', '--map-root-user', '--']);
  assert.match(inside.url ?? inside.message, /^postgresql:/);
  const { child, url } = inside;
  child.kill('SIGKILL');
  await gone(inside.pid);
  // The same folder outside: it goes to whatever account the server has here.
  const outside = await startChild(t, [join(folder, 'inside')]);
  assert.equal(outside.url, url);
  assert.deepEqual(await query(outside.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  if (!root) return;
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
  const open = join(folder, 'open');
  await promiseOf(spawn('install', ['-d', '-o', '65534', open]));
  await promiseOf(spawn('chmod', ['755', folder]));
  const plain = await startChild(t, [join(open, 'db')], nobody);
  assert.match(plain.url ?? plain.message, /^postgresql:/);
});

async function promiseOf(child: ChildProcess): Promise<void> {
  assert.deepEqual(await once(child, 'exit'), [0, null]);
}
