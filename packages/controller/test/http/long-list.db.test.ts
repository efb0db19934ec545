import assert from 'node:assert/strict';
import { get } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, apiUnderTest } from './api-under-test.ts';

const SIZE = 1700;

async function longList(t: TestContext): Promise<Api> {
  const api = await apiUnderTest(t);
  await api.store.query(`UPDATE quota_limits SET "limit" = -1`);
  await api.store.query(
    `WITH net AS (INSERT INTO networks (project_id, mtu, vni) VALUES ('blue', 1450, 7) RETURNING id)
 INSERT INTO ports (project_id, network_id, name, mac_address, tags) SELECT 'blue', net.id, 'näme "' || n, 'fa:16:3e:00:' ||
 substr(to_hex(65536 + n), 2, 2) || ':' || substr(to_hex(65536 + n), 4, 2), ARRAY['t' || n] FROM net, generate_series(1, ${SIZE}) n`,
  );
  return api;
}

test('a long list is what its pages are', async (t) => {
  const api = await longList(t);
  const whole = await api.call('GET', '/v2.0/ports');
  assert.equal(whole.status, 200);
  assert.equal(whole.headers.get('content-type'), 'application/json');
  assert.equal(whole.headers.get('content-length'), null, 'nobody knows how long it gets');
  assert.equal(whole.body.ports.length, SIZE);
  assert.deepEqual(Object.keys(whole.body), ['ports']);
  const pages: unknown[] = [];
  for (let path = '/v2.0/ports?limit=400'; ; ) {
    const { body } = await api.call('GET', path);
    pages.push(...body.ports);
    const next = body.ports_links.find((link: { rel: string }) => link.rel === 'next');
    if (next === undefined) break;
    const url = new URL(next.href);
    path = url.pathname + url.search;
  }
  assert.deepEqual(whole.body.ports, pages);
});

test('a long page has its links, in both directions', async (t) => {
  const api = await longList(t);
  const { body } = await api.call('GET', '/v2.0/ports?limit=1200');
  const hrefs = body.ports_links.map(({ rel, href }: { rel: string; href: string }) => [
    rel,
    new URL(href).searchParams.get('marker'),
  ]);
  assert.deepEqual(hrefs, [
    ['next', body.ports.at(-1).id],
    ['previous', body.ports[0].id],
  ]);
  const reversed = await api.call('GET', '/v2.0/ports?page_reverse=true&sort_key=mac_address&sort_dir=asc');
  const macs = reversed.body.ports.map((port: { mac_address: string }) => port.mac_address);
  assert.equal(macs.length, SIZE);
  assert.deepEqual(macs, macs.toSorted());
});

test('readers that leave, or stand still, keep nobody from the database', async (t) => {
  const api = await longList(t);
  // More than sockets hold.
  await api.store.query(`UPDATE ports SET description = repeat('x', 8000)`);
  const standing = await Promise.all(Array.from({ length: 18 }, () => open(api)));
  const network = await api.call('POST', '/v2.0/networks', { network: {} });
  assert.equal(network.status, 201);
  for (const response of standing) response.destroy();
  const cut = await Promise.all(Array.from({ length: 6 }, () => open(api)));
  for (const response of cut) response.destroy();
  const again = await api.call('GET', '/v2.0/ports');
  assert.equal(again.body.ports.length, SIZE);
  for (let tries = 0; (await busy(api)) > 0; tries++) {
    assert.ok(tries < 100, 'a statement of a reader that has gone is still under way');
    await sleep(100);
  }
});

/** Asks for the list and takes no more of it than the head. */
function open(api: Api) {
  return new Promise<import('node:http').IncomingMessage>((done, fail) => {
    get(`${api.url}/v2.0/ports?fields=id&fields=description`, { headers: { 'x-auth-token': 'admin' } }, (response) => {
      response.on('error', () => undefined);
      done(response.pause());
    }).on('error', fail);
  });
}

async function busy(api: Api): Promise<number> {
  const [row] = await api.store.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()`,
  );
  return row?.n ?? 0;
}
