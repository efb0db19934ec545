import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { pathOf } from '../../src/http/resource/definition.ts';
import { networkingApi } from '../../src/http/resources/networking-resources.ts';
import type { Api, Reply } from './api-under-test.ts';

/*
 * Plays exchanges of a real server of the field against ours: the same requests must be answered alike, but for ids, times and
 * addresses that each server draws for itself, and for attributes of extensions that we do not list.
 */

export interface Exchange {
  readonly title: string;
  readonly request: { method: string; path: string; headers: Record<string, string>; body?: unknown };
  readonly response: { status: number; headers: Record<string, string>; body?: unknown };
}

type Json = Record<string, unknown>;

/** The project that "[member]" in a title stands for, and that of all others. */
export const MEMBER = 'e46f0ab41ff046c38ce4968110a72645';
export const ADMIN = '9a6c6a9f8cb94c0a80dce38fe0bc4e88';

export interface Replay {
  readonly api: Api;
  /** Which of our values stands for which captured one; learned from what is created. */
  readonly names: Map<string, string>;
  /** By "file/title": why an exchange is not played. */
  readonly skipped?: Readonly<Record<string, string>>;
  /** Attributes whose values each server draws or counts for itself: only their types are compared. */
  readonly ownValues?: RegExp;
  /** What the captured server did not have. */
  readonly foreign?: RegExp;
  /** Lists that come in a given order; all others come in that of ids, which are drawn. */
  readonly ordered?: RegExp;
  /** Also what is learned from, beside answers to creations: by title. */
  readonly teaches?: RegExp;
}

const { resources, routes } = networkingApi();

/** Attributes of extensions: left out of requests and answers as long as nobody here has them. */
const OF_EXTENSIONS =
  `port_security_enabled qos_policy_id router:external is_default availability_zone_hints availability_zones ipv4_address_scope
  ipv6_address_scope l2_adjacency service_types dns_publish_fixed_ip segment_id propagate_uplink_status device_profile
  numa_affinity_policy security_groups allowed_address_pairs qos_network_policy_id data_plane_status ip_allocation resource_request`.split(
    /\s+/,
  );

/** Whether an attribute is of an extension that we do not have, in a body under the key `kind`: "port" or "ports". */
function isForeign(kind: string | undefined, name: string): boolean {
  const resource = resources.find((one) => one.name === kind || one.collection === kind);
  // Of extensions that the captured server did not have.
  if (name === 'netloom:flood' || name === 'hints') return true;
  if (resource?.name === 'floatingip' && name === 'qos_network_policy_id') return true;
  // The real server counts its inner steps as revisions of a port.
  if (resource?.name === 'port' && name === 'revision_number') return true;
  const ofExtension = OF_EXTENSIONS.includes(name) || (resource?.name === 'port' && name === 'dns_domain');
  return ofExtension && resource !== undefined && resource.attributes[name] === undefined;
}

/** Drawn or counted by each server for itself, or about its own agents. */
const OWN_VALUES =
  /^(created_at|updated_at|availability_zones|provider:segmentation_id|binding:vif_details|fqdn|subnets|standard_attr_id)$/;

export async function playFile(t: TestContext, file: string, replay: Replay): Promise<void> {
  for (const exchange of captured(file)) await play(t, { file, exchange }, replay);
}

export async function play(
  t: TestContext,
  { file, exchange }: { file: string; exchange: Exchange },
  replay: Replay,
): Promise<void> {
  const { title, request, response } = exchange;
  const { api, names, skipped = {} } = replay;
  const skip = skipped[`${file}/${title}`] ?? (isServed(request.path) ? false : 'not there yet');
  await t.test(`${file}: ${title}`, { skip }, async () => {
    const reply = await api.call(request.method, rename(request.path, names), ours(rename(bodyOf(exchange), names)), {
      as: title.endsWith('[member]') ? MEMBER : `${ADMIN} admin`,
      headers: Object.fromEntries(
        Object.entries(request.headers).flatMap(([name, value]) =>
          name === 'X-Auth-Token' ? [] : [[name.toLowerCase(), value]],
        ),
      ),
    });
    assert.equal(reply.status, response.status, JSON.stringify(reply.body));
    assert.equal(reply.headers.get('content-type'), response.headers['content-type'] ?? null);
    assert.match(reply.headers.get('x-openstack-request-id') ?? '', /^req-[0-9a-f-]{36}$/);
    if (response.body === undefined) return;
    if (reply.status === 201 || replay.teaches?.test(title)) learn(response.body, reply.body, names);
    assert.deepEqual(comparable(reply, replay), comparable({ ...reply, body: rename(response.body, names) }, replay));
  });
}

export function captured(file: string): Exchange[] {
  return JSON.parse(readFileSync(new URL(`captures/${file}.json`, import.meta.url), 'utf8')) as Exchange[];
}

/** The captures do not hold what is no JSON. */
function bodyOf({ title, request }: Exchange): unknown {
  if (title === 'not JSON') return '{"network":';
  if (title === 'text/plain body') return { network: { name: 'x' } };
  return request.body;
}

/** Whether somebody here answers a path; what nobody ever answers is answered with 404 by both. */
function isServed(path: string): boolean {
  const [plain = ''] = path.replace(/^\/v2\.0\//, '').split('?');
  const first = plain.replace(/\.json$/, '').split('/')[0] ?? '';
  const served = [...resources.map(pathOf), ...routes.map((route) => route.path)].some(
    (one) => one.split('/')[0] === first,
  );
  return served || ['', 'extensions', 'nosuch', 'frobs'].includes(first) || !path.startsWith('/v2.0/');
}

/** A request without what we do not have. */
function ours(body: unknown, kind?: string): unknown {
  if (Array.isArray(body)) return body.map((item) => ours(item, kind));
  if (typeof body !== 'object' || body === null) return body;
  const kept = Object.entries(body).filter(([name]) => !isForeign(kind, name));
  return Object.fromEntries(kept.map(([name, value]) => [name, ours(value, kind ?? name)]));
}

/** An answer without what may differ. */
function comparable({ body }: Reply, replay: Replay): unknown {
  return simplified(body, [], replay);
}

function simplified(value: unknown, path: readonly string[], replay: Replay): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => simplified(item, path, replay));
    const isList = path.length === 1 || OF_OTHERS.test(path.at(-1) ?? '');
    return isList && !replay.ordered?.test(path[0] ?? '') ? items.map((item) => JSON.stringify(item)).sort() : items;
  }
  // Which ports keep a network depends on all that went before.
  if (typeof value === 'string') return value.replace(/(id for these ports is: ).*/, '$1');
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    if (name === 'id' && path.length > 1 && OF_OTHERS.test(path.at(-1) ?? '')) return [];
    if (isForeign(path[0], name) || replay.foreign?.test(name)) return [];
    const own = OWN_VALUES.test(name) || replay.ownValues?.test(name);
    return [[name, own ? typeof member : simplified(member, [...path, name], replay)]];
  });
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Objects within others, in the order of their ids. */
const OF_OTHERS = /^(security_group_rules|rules)$/;

/** Remembers which of our values stands for which captured one. */
function learn(theirs: unknown, mine: unknown, names: Map<string, string>): void {
  if (typeof theirs === 'string' && typeof mine === 'string') {
    if (theirs !== mine && /^([0-9a-f-]{36}|[0-9a-f:]{17}|[0-9a-f.:]{7,})$/.test(theirs)) names.set(theirs, mine);
    if (/^host-/.test(theirs)) names.set(theirs, mine);
  } else if (typeof theirs === 'object' && theirs !== null && typeof mine === 'object' && mine !== null) {
    for (const [name, value] of Object.entries(theirs)) learn(value, (mine as Json)[name], names);
  }
}

function rename<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (typeof value === 'string') {
    // Whole words only: 10.9.0.5 is not a part of 10.9.0.50. A closing dot may be the sentence's or a domain's.
    const text = value.replaceAll('http://127.0.0.1:9696', names.get('http://127.0.0.1:9696') ?? '');
    return text
      .replace(/[\w:-]+(\.[\w:-]+)*/g, (word) => names.get(word) ?? word)
      .replace(/([\w-]{36}):/g, (_, id: string) => `${names.get(id) ?? id}:`) as T;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => rename(item, names)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rename(member, names)])) as T;
}
