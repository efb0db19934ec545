import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from './api-under-test.ts';
import { random } from './random.ts';

/*
 * List requests drawn at random, answered by the server and by a model that knows nothing of SQL: it filters, sorts and cuts arrays.
 */

type Item = Record<string, unknown>;

const NAMES = ['', 'a', 'B', 'b', 'é', 'z z', '%', '_', "o'clock", '🧵'];
const TAGS = ['red', 'blue', 'a b', 'ü'];

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

test(`lists are what a plain model says (SEED=${seed})`, async (t) => {
  const { store, ...api } = await apiUnderTest(t);
  const draw = random(seed);
  const pick = <T>(from: readonly T[]): T => from[draw(from.length)] as T;
  const some = <T>(from: readonly T[]): T[] => from.filter(() => draw(2) === 0);
  const rows = Array.from({ length: 40 }, (_, i) => ({
    project_id: pick(['blue', 'green']),
    name: pick(NAMES),
    description: pick(NAMES),
    admin_state_up: draw(2) === 0,
    shared_with: draw(4) === 0 ? ['*'] : [],
    mtu: 1400 + draw(3),
    vni: 100 + i,
    tags: some(TAGS),
  }));
  await store.query(
    `INSERT INTO networks (project_id, name, description, admin_state_up, shared_with, mtu, vni, tags)
 SELECT project_id, name, description, admin_state_up, shared_with, mtu, vni, tags FROM jsonb_populate_recordset(NULL::networks, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
  const all: Item[] = (await api.call('GET', '/v2.0/networks')).body.networks;
  assert.equal(all.length, rows.length);

  for (let round = 0; round < 300; round++) {
    const query = new URLSearchParams();
    const project = pick(['admin', 'blue', 'green', 'red']);
    let expected = all.filter((item) => project === 'admin' || item['shared'] || item['project_id'] === project);
    const where = (name: string, values: readonly unknown[]) => {
      for (const value of values) query.append(name, String(value));
      const field = name === 'tenant_id' ? 'project_id' : name;
      expected = expected.filter((item) => values.includes(item[field]));
    };
    if (draw(3) === 0) where('name', [pick(NAMES), ...some(NAMES)]);
    if (draw(4) === 0) where('description', [pick(NAMES), ...some(NAMES)]);
    if (draw(4) === 0) where('admin_state_up', [draw(2) === 0]);
    if (draw(5) === 0) where('shared', [draw(2) === 0]);
    if (draw(4) === 0) where('mtu', [1400 + draw(4), 1400 + draw(4)]);
    if (draw(5) === 0) where(pick(['project_id', 'tenant_id']), [pick(['blue', 'green'])]);
    if (draw(6) === 0) where('id', [pick(all)['id'], pick(all)['id'], 'no-uuid']);
    if (draw(3) === 0) {
      const kind = pick(['tags', 'tags-any', 'not-tags', 'not-tags-any']);
      const wanted = [pick(TAGS), ...some(TAGS)];
      query.append(kind, wanted.join(','));
      expected = expected.filter((item) => {
        const has = (tag: string) => (item['tags'] as string[]).includes(tag);
        const found = kind.endsWith('any') ? wanted.some(has) : wanted.every(has);
        return kind.startsWith('not') ? !found : found;
      });
    }
    const keys = some(['name', 'mtu', 'admin_state_up', 'id']).map((key) => [key, pick(['asc', 'desc'])] as const);
    for (const [key, direction] of keys) {
      query.append('sort_key', key);
      query.append('sort_dir', direction);
    }
    expected = expected.toSorted((a, b) => compare(a, b, [...keys, ['id', 'asc']]));
    if (draw(2) === 0) {
      const reply = await api.call('GET', `/v2.0/networks?${query.toString()}`, undefined, { as: project });
      assert.deepEqual(namesOf(reply.body.networks), namesOf(expected), String(query));
      continue;
    }
    const limit = 1 + draw(7);
    query.append('limit', String(limit));
    const path = `/v2.0/networks?${query.toString()}`;
    const forth = await walk(path, 'next', project);
    assert.deepEqual(namesOf(forth.flat()), namesOf(expected), path);
    assert.ok(forth.slice(0, -1).every((page) => page.length === limit));
    const back = await walk(`${path}&page_reverse=True`, 'previous', project);
    assert.deepEqual(namesOf(back.reverse().flat()), namesOf(expected), `${path} backwards`);
  }

  /** Pages from link to link. */
  async function walk(path: string, rel: string, project: string): Promise<Item[][]> {
    const pages: Item[][] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const { body } = await api.call('GET', next, undefined, { as: project });
      pages.push(body.networks);
      const link: { href: string } | undefined = body.networks_links.find((one: { rel: string }) => one.rel === rel);
      next = body.networks.length > 0 && link ? link.href.replace(/^https?:\/\/[^/]+/, '') : undefined;
      assert.ok(pages.length < 100, `endless pages: ${path}`);
    }
    return pages;
  }
});

function namesOf(items: readonly Item[]): string[] {
  return items.map((item) => `${String(item['name'])} ${String(item['id'])}`);
}

function compare(a: Item, b: Item, keys: readonly (readonly [string, string])[]): number {
  for (const [key, direction] of keys) {
    const order = compareValues(a[key], b[key]);
    if (order !== 0) return direction === 'desc' ? -order : order;
  }
  return 0;
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}

test('null comes before every value, also across pages', async (t) => {
  const api = await apiUnderTest(t);
  const { id } = (await api.call('POST', '/v2.0/networks', { network: {} })).body.network;
  for (const [i, gateway_ip] of [null, '10.0.1.9', null, '10.0.3.7', null].entries()) {
    await api.call('POST', '/v2.0/subnets', {
      subnet: { network_id: id, ip_version: 4, cidr: `10.0.${i}.0/24`, gateway_ip },
    });
  }
  for (const direction of ['asc', 'desc']) {
    const seen: (string | null)[] = [];
    let path = `/v2.0/subnets?sort_key=gateway_ip&sort_dir=${direction}&limit=2`;
    for (let page = 0; page < 3; page++) {
      const { body } = await api.call('GET', path);
      seen.push(...body.subnets.map((subnet: { gateway_ip: string | null }) => subnet.gateway_ip));
      path = `/v2.0/subnets?sort_key=gateway_ip&sort_dir=${direction}&limit=2&marker=${body.subnets.at(-1).id}`;
    }
    const ascending = [null, null, null, '10.0.1.9', '10.0.3.7'];
    assert.deepEqual(seen, direction === 'asc' ? ascending : ascending.reverse());
  }
});

test('ports are found by their addresses', async (t) => {
  const api = await apiUnderTest(t);
  const { id } = (await api.call('POST', '/v2.0/networks', { network: {} })).body.network;
  const subnets: string[] = [];
  for (const cidr of ['10.1.0.0/24', '10.2.0.0/24']) {
    subnets.push(
      (await api.call('POST', '/v2.0/subnets', { subnet: { network_id: id, ip_version: 4, cidr } })).body.subnet.id,
    );
  }
  for (const ips of [['10.1.0.5'], ['10.1.0.50', '10.2.0.5'], ['10.2.0.77'], []]) {
    const fixed_ips = ips.map((ip_address) => ({ ip_address }));
    await api.call('POST', '/v2.0/ports', { port: { network_id: id, name: ips.join(' '), fixed_ips } });
  }
  const find = async (...filters: string[]) => {
    const query = new URLSearchParams(filters.map((filter) => ['fixed_ips', filter]));
    const { body } = await api.call('GET', `/v2.0/ports?fields=name&${query.toString()}`);
    return body.ports.map((port: { name: string }) => port.name).sort();
  };
  assert.deepEqual(await find('ip_address=10.1.0.5'), ['10.1.0.5']);
  assert.deepEqual(await find('ip_address=10.1.0.5', 'ip_address=10.2.0.77'), ['10.1.0.5', '10.2.0.77']);
  assert.deepEqual(await find(`subnet_id=${subnets[1]}`), ['10.1.0.50 10.2.0.5', '10.2.0.77']);
  assert.deepEqual(await find(`subnet_id=${subnets[0]}`, 'ip_address=10.2.0.5'), [], 'both of one address');
  assert.deepEqual(await find('ip_address_substr=0.5'), ['10.1.0.5', '10.1.0.50 10.2.0.5']);
  assert.deepEqual(await find('ip_address_substr=_'), []);
  assert.deepEqual(await find('ip_address=nonsense'), []);
});
