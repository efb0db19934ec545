import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { type HttpClient, openHttpClient } from '@netloom/api/client/http';
import pg from 'pg';
import { emptyDatabase } from '../../packages/controller/test/support/database.ts';
import { type ControllerProcess, startController } from '../support/controller-process.ts';
import { liftQuotas } from '../support/lift-quotas.ts';
import { checkDatabase } from './storm/check-database.ts';
import { type Storm, startStorm } from './storm/storm.ts';
import type { Tracked } from './storm/tracked.ts';

/** A short storm by default; NETLOOM_STORM_SECONDS=300 is the long one, with a kill every 20 s. */
const SECONDS = Number(process.env['NETLOOM_STORM_SECONDS'] ?? 8);
const CALM_MS = Math.min(20_000, (SECONDS * 1000) / 4);
const CLIENTS = 16;
const HOSTS = ['storm-1', 'storm-2', 'storm-3'];

const timeout = SECONDS * 1000 + 180_000;

test(`one controller, killed again and again under ${CLIENTS} clients`, { timeout }, (t) => weather(t, 1));
test(`two controllers on one database, killed in turn under ${CLIENTS} clients`, { timeout }, (t) => weather(t, 2));

async function weather(t: TestContext, controllers: 1 | 2): Promise<void> {
  const databaseUrl = await emptyDatabase(t);
  const folder = mkdtempSync(join(tmpdir(), 'netloom-storm-'));
  const running: ControllerProcess[] = [];
  t.after(async () => {
    for (const one of running) await one.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (n: number, listen = '127.0.0.1:0') => startController(join(folder, `${n}`), { listen, databaseUrl });
  for (let n = 0; n < controllers; n++) {
    mkdirSync(join(folder, `${n}`), { mode: 0o700 });
    // Controllers of one database share its secret.
    if (n > 0) copyFileSync(join(folder, '0/installation-secret'), join(folder, `${n}/installation-secret`));
    running.push(await start(n));
  }
  const login = await openHttpClient(await credentialsFrom(join(folder, '0/clouds.yaml')));
  const { networks, outside } = await prepare(login);
  const urls = running.map(({ url }) => url);
  const storm = startStorm({ urls, token: login.token(), clients: CLIENTS, networks, outside, hosts: HOSTS });

  const end = Date.now() + SECONDS * 1000;
  for (let kills = 0; Date.now() < end; kills++) {
    await sleep(CALM_MS);
    const n = kills % controllers;
    const { url } = running[n] ?? assert.fail();
    await running[n]?.end('SIGKILL');
    running[n] = await start(n, new URL(url).host);
    t.diagnostic(`kill ${kills + 1}: ${JSON.stringify(storm.counts)}`);
  }
  await storm.stop();

  assert.deepEqual(storm.faults, []);
  assert.ok(storm.counts.done > SECONDS * 10, `hardly a storm: ${JSON.stringify(storm.counts)}`);
  const database = new pg.Client(databaseUrl);
  await database.connect();
  try {
    assert.deepEqual(await lostWrites(database, storm), []);
    assert.deepEqual(await checkDatabase(database), []);
    const { rows } = await database.query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    // They are tried again and mend themselves, but each costs a second: many show that locks are taken in no common order.
    const deadlocks = Number(rows[0]?.deadlocks);
    t.diagnostic(`${deadlocks} deadlocks`);
    assert.ok(deadlocks <= storm.counts.done / 1000, `${deadlocks} deadlocks`);
    for (const host of HOSTS) await sameViews(database, { urls, token: login.token(), host });
  } finally {
    await database.end();
  }
}

/** Quotas that do not stand in the way, hosts to bind to, and networks for all clients. */
async function prepare(client: HttpClient): Promise<{ networks: string[]; outside: string }> {
  const counted = ['network', 'subnet', 'port', 'security_group', 'security_group_rule', 'router', 'floatingip'];
  await liftQuotas(client, counted);
  for (const name of HOSTS)
    await client.request({ method: 'POST', path: '/v2.0/netloom/hosts', body: { host: { name, driver: 'memory' } } });
  const networks: string[] = [];
  for (let n = 0; n < 3; n++) networks.push(await makeNetwork(client, { name: `all-${n}` }, `10.${n}.0.0/24`));
  const outside = await makeNetwork(client, { name: 'outside', 'router:external': true }, '10.9.0.0/20');
  return { networks, outside };
}

async function makeNetwork(client: HttpClient, attributes: object, cidr: string): Promise<string> {
  const made = await client.request({ method: 'POST', path: '/v2.0/networks', body: { network: attributes } });
  const { network } = made.body as { network: { id: string } };
  const subnet = { network_id: network.id, ip_version: 4, cidr };
  await client.request({ method: 'POST', path: '/v2.0/subnets', body: { subnet } });
  return network.id;
}

const COLUMNS: Readonly<Record<string, string>> = {
  ports: 'id, name, fixed_ips',
  security_group_rules: 'id',
  floatingips: 'id',
};

/** Acknowledged writes that are not in the database as they were acknowledged. */
async function lostWrites(database: pg.Client, storm: Storm): Promise<string[]> {
  const lost: string[] = [];
  for (const [table, objects] of Map.groupBy(storm.tracked, (one) => one.table)) {
    const columns = COLUMNS[table] ?? 'id, name';
    const { rows } = await database.query<Row>(`SELECT ${columns} FROM ${table} WHERE id = ANY($1)`, [
      objects.map(({ id }) => id),
    ]);
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const one of objects) {
      const trouble = judge(one, found.get(one.id));
      if (trouble !== undefined) lost.push(`${table} ${one.id}: ${trouble}`);
    }
  }
  return lost;
}

interface Row {
  readonly id: string;
  readonly name?: string;
  readonly fixed_ips?: readonly { readonly ip_address: string }[];
}

function judge({ state, names, addresses }: Tracked, row: Row | undefined): string | undefined {
  if (state === 'unsure') return undefined;
  if (state === 'gone') return row === undefined ? undefined : 'its deletion was acknowledged, and it is there';
  if (row === undefined) return 'its creation was acknowledged, and it is gone';
  if (row.name !== undefined && names.length > 0 && !names.includes(row.name))
    return `it should have the name ${names.join(' or ')}, and has ${row.name}`;
  const has = row.fixed_ips?.map(({ ip_address }) => ip_address);
  if (addresses === undefined || has === undefined || isDeepStrictEqual(has, addresses)) return undefined;
  return `it should have the addresses ${addresses.join()}, and has ${has.join()}`;
}

/** The change feeds of all controllers end alike: each holds the same view of the host at the last revision there is. */
async function sameViews(
  database: pg.Client,
  { urls, token, host }: { urls: readonly string[]; token: string; host: string },
): Promise<void> {
  const { rows } = await database.query<{ last: string }>('SELECT max(revision) AS last FROM changes');
  const last = Number(rows[0]?.last);
  const views = await Promise.all(urls.map((url) => viewAt(url, { token, host, revision: last })));
  for (const view of views) assert.deepEqual(view, views[0]);
  const { rows: bound } = await database.query('SELECT id FROM ports WHERE host = $1 AND admin_state_up', [host]);
  const seen = views[0]?.['ports']?.length;
  assert.equal(seen, bound.length, `ports in the view of ${host}`);
}

/** Rows of each table, in the order of their ids. */
type View = Readonly<Record<string, readonly { readonly id: string }[]>>;

function sorted(view: View): View {
  const tables = Object.entries(view).map(([name, rows]) => [name, rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))]);
  return Object.fromEntries(tables) as View;
}

async function viewAt(
  url: string,
  { token, host, revision }: { token: string; host: string; revision: number },
): Promise<View> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(100)) {
    const response = await fetch(`${url}/v2.0/netloom/hosts/${host}/view`, { headers: { 'X-Auth-Token': token } });
    const { view } = (await response.json()) as { view: { revision: number; tables: View } };
    if (view.revision >= revision) return sorted(view.tables);
  }
  return assert.fail(`${url} never came to revision ${revision}`);
}
