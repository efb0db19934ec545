import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attribute, can, type Resource } from '../../src/http/resource/definition.ts';
import { networkingResources } from '../../src/http/resources/networking-resources.ts';
import { type Api, apiUnderTest } from './api-under-test.ts';
import { examplesOf, type Json } from './examples.ts';
import { random } from './random.ts';

/*
 * Lists of every resource of the table, drawn at random and answered by the server and by a model that knows only the objects
 * themselves: it filters, sorts and cuts arrays.
 */

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const OBJECTS = 7;
const ROUNDS = 25;
const NAMES = ['', 'a', 'B', 'b', 'é', 'z z', '%', "o'clock", '🧵'];

/** There is one of each in a policy. */
const ONLY_ONE = /^(bandwidth_limit|dscp_marking|minimum_bandwidth|minimum_packet_rate|packet_rate_limit)_rule$/;

test(`lists of every resource are what a plain model says (SEED=${seed})`, async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query('UPDATE quota_limits SET "limit" = -1');
  const examples = examplesOf(api);
  const draw = random(seed);
  for (const resource of networkingResources()) {
    if (!can(resource, 'list')) continue;
    const { collection } = await examples.one(resource.name);
    await t.test(resource.collection, async () => {
      if (can(resource, 'create') && !ONLY_ONE.test(resource.name)) {
        for (let i = 1; i < OBJECTS; i++) await examples.another(resource.name, freeValues(resource, draw));
      }
      const all: Json[] = (await api.call('GET', collection)).body[resource.collection];
      assert.ok(all.length > 0 || !can(resource, 'create'));
      for (let round = 0; round < ROUNDS; round++) await compare(api, { resource, collection, all, draw });
      await walk(api, { resource, collection, all, draw });
    });
  }
});

type Draw = (below: number) => number;

interface Listed {
  readonly resource: Resource;
  readonly collection: string;
  readonly all: readonly Json[];
  readonly draw: Draw;
}

/** Values for what every object may be called. */
function freeValues({ attributes }: Resource, draw: Draw): Json {
  const names = attributes['name']?.required ? NAMES.filter((name) => name.trim() !== '') : NAMES;
  const free = ['name', 'description', 'admin_state_up'].filter((name) => attributes[name]?.create === true);
  return Object.fromEntries(
    free.map((name) => [name, name === 'admin_state_up' ? draw(2) === 0 : (names[draw(names.length)] ?? '')]),
  );
}

/** One request with filters, sort keys and fields, and what the model makes of it. */
async function compare(api: Api, { resource, collection, all, draw }: Listed): Promise<void> {
  const pick = <T>(from: readonly T[]): T => from[draw(from.length)] as T;
  const query = new URLSearchParams();
  let expected = [...all];
  const filters = Object.entries(resource.attributes).filter(
    ([name, one]) => isPlainFilter(one) && name in (all[0] ?? {}),
  );
  for (const [name] of filters.filter(() => draw(4) === 0)) {
    const known = all.map((item) => item[name]);
    const values = [pick(known), ...known.filter(() => draw(4) === 0)].filter(
      (value) => value !== null && value !== undefined,
    );
    if (values.length === 0) continue;
    for (const value of values) query.append(name, textOf(value));
    expected = expected.filter((item) => values.includes(item[name] ?? ''));
  }
  const sorts = Object.entries(resource.attributes).filter(([name, one]) => one.sort && name in (all[0] ?? {}));
  const keys = sorts.filter(() => draw(5) === 0).slice(0, 3);
  const order = keys.map(([name, attribute]) => ({ name, attribute, sign: draw(2) === 0 ? 1 : -1 }));
  for (const { name, sign } of order) {
    query.append('sort_key', name);
    query.append('sort_dir', sign === 1 ? 'asc' : 'desc');
  }
  expected.sort((a, b) => {
    for (const { name, attribute, sign } of order) {
      const difference = sign * compareValues(attribute, a[name], b[name]);
      if (difference !== 0) return difference;
    }
    return order.length === 0 || !order.some(({ name }) => name === 'id') ? compareText(a['id'], b['id']) : 0;
  });
  const fields = Object.keys(all[0] ?? {}).filter(() => draw(6) === 0);
  for (const field of fields) query.append('fields', field);
  const shown = expected.map((item) =>
    fields.length === 0 ? item : Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name))),
  );
  const path = `${collection}?${query.toString()}`;
  const answer = await api.call('GET', path);
  assert.equal(answer.status, 200, `${path} ${JSON.stringify(answer.body)}`);
  const listed = sameNames(answer.body[resource.collection]);
  if (all[0]?.['id'] === undefined) assert.deepEqual(asSet(listed), asSet(sameNames(shown)), path);
  else assert.deepEqual(listed, sameNames(shown), path);
}

/** Page after page there and back again gives the whole list. */
async function walk(api: Api, { resource, collection, all, draw }: Listed): Promise<void> {
  // Some objects do not show what they are called by.
  if (all[0]?.['id'] === undefined) return;
  const limit = 1 + draw(3);
  const direction = draw(2) === 0 ? 'asc' : 'desc';
  const sorted = Object.entries(resource.attributes).filter(([name, one]) => one.sort && name in (all[0] ?? {}));
  const key = sorted[draw(sorted.length)]?.[0];
  const by = key === undefined ? '' : `&sort_key=${key}&sort_dir=${direction}`;
  const answer = await api.call('GET', `${collection}?fields=id${by}`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const whole = answer.body[resource.collection].map(idOf);
  const seen: string[] = [];
  for (let path: string | undefined = `${collection}?fields=id&limit=${limit}${by}`; path !== undefined; ) {
    const { body }: { body: Record<string, { rel: string; href: string }[]> } = await api.call('GET', path);
    seen.push(...(body[resource.collection] as unknown as Json[]).map(idOf));
    path = body[`${resource.collection}_links`]?.find(({ rel }) => rel === 'next')?.href.slice(api.url.length);
    assert.ok(seen.length <= whole.length, 'a page comes twice');
  }
  assert.deepEqual(seen, whole, `pages of ${collection} ${by}`);
  const back = await api.call(
    'GET',
    `${collection}?fields=id&limit=${limit}&page_reverse=True&marker=${whole.at(-1)}${by}`,
  );
  assert.equal(back.status, 200, JSON.stringify(back.body));
  assert.deepEqual(
    back.body[resource.collection].map(idOf),
    whole.slice(0, -1).slice(-limit),
    'the page before the last',
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function idOf(item: Json): string {
  return textOf(item['id']);
}

function isPlainFilter({ filter, seen, type }: Attribute): boolean {
  return filter === true && seen !== 'never' && type.sql !== 'jsonb';
}

/** In the order of code points, as the database has it with COLLATE "C". */
function compareText(a: unknown, b: unknown): number {
  return Buffer.compare(Buffer.from(textOf(a)), Buffer.from(textOf(b)));
}

function compareValues({ type }: Attribute, a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return type.sql === 'bigint' || type.sql === 'boolean' ? Number(a) - Number(b) : compareText(a, b);
}

function asSet(items: readonly Json[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

/** A project has two names, and a request for one of them gives that one. */
function sameNames(items: readonly Json[]): Json[] {
  return items.map((item) => Object.fromEntries(Object.entries(item).sort(([a], [b]) => compareText(a, b))));
}
