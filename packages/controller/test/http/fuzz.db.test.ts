import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalAddress } from '@netloom/core/net/address';
import { can, handleOf, pathOf } from '../../src/http/resource/definition.ts';
import { pythonText } from '../../src/http/resource/python-text.ts';
import { canonicalUuid } from '../../src/http/resource/value-types.ts';
import { networkingApi, networkingResources } from '../../src/http/resources/networking-resources.ts';
import { type Api, apiUnderTest, type Reply } from './api-under-test.ts';
import { examplesOf } from './examples.ts';
import { random } from './random.ts';

const DEEP = nested(5000);
const LONG = 'x'.repeat(100_000);

/** What a client may send in place of any value. */
const ODDITIES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    9007199254740992,
    -2147483649,
    4294967296,
    'None',
    '',
    ' ',
    '0',
    '-1',
    '1e9',
  ],
  ...[
    '\u0000',
    'a\u0000b',
    '\ud800',
    '🧵🕸',
    '\u202e',
    "'; DROP TABLE ports; --",
    '%s%n',
    '../../etc/passwd',
    '\n\r\t',
    LONG,
  ],
  ...[
    '255.255.255.255',
    '::',
    'ff02::1',
    '10.0.0.0/0',
    '::/0',
    '10.1.0.300',
    '0.0.0.0',
    '10.1.0.0/24',
    '::ffff:10.1.0.4',
  ],
  ...[
    '00000000-0000-0000-0000-000000000000',
    'ffffffffffffffffffffffffffffffff',
    'ff:ff:ff:ff:ff:ff',
    'fa:16:3e:00:00:01',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    [{}],
    [1, 1],
    ['a', 'a'],
    [LONG],
    { a: { b: [] } },
    { __proto__: { x: 1 }, constructor: 1 },
  ],
  ...[
    [{ start: '10.1.0.5', end: '10.1.0.6' }],
    [{ start: 5, end: [] }],
    [{ start: 'x' }],
    [{ start: null, end: null }],
  ],
  ...[
    [{ subnet_id: 'x' }],
    [{ subnet_id: null }],
    [{ ip_address: 7 }],
    [{ ip_address: '10.1.0.7', more: DEEP }],
    [{ ip_address: '::' }],
  ],
  ...[
    [{ destination: '10.0.0.0/8', nexthop: '10.1.0.1' }],
    [{ destination: '::/0', nexthop: 'x' }],
    [{ destination: {}, nexthop: [] }],
  ],
  ...[
    [{ opt_name: 'mtu', opt_value: '1400' }],
    [{ opt_name: 'a\nb', opt_value: 'c' }],
    [{ opt_name: 1, opt_value: {} }],
  ],
  ...[
    [{ opt_name: '\u0000', opt_value: null }],
    ['8.8.8.8', '8.8.8.8'],
    ['fd00::53'],
    Array(2000).fill({}),
    { '\u0000': '\ud800' },
  ],
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
  return value;
}

/** JSON text also of what JSON.stringify would run out of stack for. */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, member: unknown) => (member === DEEP ? '@deep@' : member));
  return text.replaceAll('"@deep@"', () => `${'[{"a":'.repeat(5000)}1${'}]'.repeat(5000)}`);
}

/** Every value for every attribute instead of some of them: FUZZ=all. */
const ALL = process.env['FUZZ'] === 'all';
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const SOME = 8;

const draw = random(SEED);

function some<T>(from: readonly T[]): T[] {
  return Array.from({ length: SOME }, () => from[draw(from.length)] as T);
}

async function send(api: Api, method: string, path: string, body?: string): Promise<Reply> {
  const answer = await api.call(method, path, body);
  const what = `${method} ${path} ${body?.slice(0, 200)} -> ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
  assert.ok(answer.status < 500, what);
  if (answer.status < 400 || path.startsWith('/v2.0/extensions/')) return answer;
  assert.equal(typeof answer.body.NeutronError?.message, 'string', what);
  assert.doesNotMatch(JSON.stringify(answer.body), /\bat .*\.ts:|node:internal|syntax error|violates/, what);
  return answer;
}

test(`no value of any attribute makes the server fail (SEED=${SEED})`, async (t) => {
  const api = await apiUnderTest(t);
  await api.store.query('UPDATE quota_limits SET "limit" = -1');
  const examples = examplesOf(api);
  const tried = new Set<unknown>();
  for (const resource of networkingResources()) {
    const { id, collection } = await examples.one(handleOf(resource));
    const base = can(resource, 'create') ? await examples.body(handleOf(resource)) : {};
    const plain = { [resource.name]: base };
    for (const name of [...Object.keys(resource.attributes), 'tenant_id', 'nonsense', '__proto__', '\u0000']) {
      const type = resource.attributes[name]?.type;
      // What attributes of the same type do is much the same.
      const odd = ALL || !tried.has(type) ? [...ODDITIES, DEEP] : some([...ODDITIES, DEEP]);
      tried.add(type);
      await t.test(`${resource.name}.${name}`, async () => {
        await Promise.all(
          odd.map(async (value) => {
            const entries = [...Object.entries(base).filter(([other]) => other !== name), [name, value]];
            const object = `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${jsonText(one)}`).join()}}`;
            const changes = `{${JSON.stringify(name)}:${jsonText(value)}}`;
            if (can(resource, 'create')) {
              const answer = await send(api, 'POST', collection, `{"${resource.name}":${object}}`);
              await namesAttribute(answer, { name, value, without: () => api.call('POST', collection, plain) });
              await send(api, 'POST', collection, `{"${resource.collection}":[${object}]}`);
            }
            if (can(resource, 'update')) {
              const answer = await send(api, 'PUT', `${collection}/${id}`, `{"${resource.name}":${changes}}`);
              const none = { [resource.name]: {} };
              await namesAttribute(answer, {
                name,
                value,
                without: () => api.call('PUT', `${collection}/${id}`, none),
              });
            }
            for (const { method, path } of tried.has(resource) ? [] : (resource.actions ?? [])) {
              const target = `${collection}/${id}/${path.replace(/:\w+/g, id)}`;
              if (method === 'PUT' || method === 'POST') await send(api, method, target, changes);
            }
          }),
        );
        // Actions have bodies of their own.
        if (name === 'name' || name === 'nonsense') tried.add(resource);
        if (!can(resource, 'list')) return;
        const texts = odd.filter((one) => typeof one !== 'object').map(String);
        await Promise.all(
          texts.map((text) => {
            const query = `${encodeURIComponent(name)}=${encodeURIComponent(text.toWellFormed().slice(0, 1000))}`;
            return send(api, 'GET', `${collection}?${query}`);
          }),
        );
        await send(api, 'GET', `${collection}?sort_key=${encodeURIComponent(name)}&sort_dir=asc`);
        await send(api, 'GET', `${collection}?fields=${encodeURIComponent(name)}`);
      });
    }
  }
});

/**
 * A value that is refused for what it is, is refused with words that say which one: its name, or what was given. `without` tells what
 * the same request without the value is answered: a fault that is there all the same is none of the value's.
 */
async function namesAttribute(
  { status, body }: Reply,
  { name, value, without }: { name: string; value: unknown; without: () => Promise<Reply> },
): Promise<void> {
  if (status !== 400) return;
  const { message } = body.NeutronError as { message: string };
  const plain = message.toLowerCase().replace(/[ -]/g, '_');
  const names = [name, name === 'tenant_id' ? 'project_id' : name].map((one) => one.toLowerCase().replace(/s$/, ''));
  if (names.some((one) => plain.includes(one)) || partsOf(value).some((part) => message.includes(part))) return;
  if (OF_WHOLES.some((text) => text.test(message))) return;
  const other = (await without()).body.NeutronError?.message;
  assert.equal(other, message, `${name}=${pythonText(value).slice(0, 40)}: ${message}`);
}

/** The beginnings of the texts of a value, of its members and of their keys. */
function partsOf(value: unknown): string[] {
  if (value === DEEP) return [];
  const own = value === '' ? "''" : pythonText(value).slice(0, 20);
  // A single character is in many a text.
  const marked =
    own.length === 1 ? [`'${own}'`, ` ${own} `, `:${own}'`] : [own, canonicalUuid(own) ?? canonicalAddress(own) ?? own];
  if (typeof value !== 'object' || value === null) return marked;
  const members = Object.entries(value).slice(0, 5);
  return [own, ...members.flatMap(([key, member]) => [key, ...partsOf(member)])].filter((part) => part.length > 1);
}

/** What the field's own server says of an object as a whole, or of an attribute by another name. */
const OF_WHOLES: readonly RegExp[] = [
  /^Bad port_forwarding request: (The internal IP does not|There is a port collision)/,
  /operation: network_type required/,
  /operation: Only VLAN type networks can be updated/,
  /operation: Subnet has a prefix length that is incompatible with DHCP service enabled/,
  /operation: IP allocation requires subnet_id or ip_address/,
  /operation: No valid key specs matched for/,
  /^Invalid input - IP addresses do not agree with IP Version/,
  /^Source.destination port requires a protocol|^Source, destination port are not allowed/,
  /^Flow Classifier conflicts with another Flow Classifier/,
  /^Flow Classifier has invalid port value|^Invalid Flow Classifier parameters/,
  /^IP protocol must be TCP or UDP, if port range is given/,
  /^Port Pair with ingress port .* is already used by another Port Pair/,
  /operation: First IP '0.0.0.0' of network is not supported/,
  /^AllowedAddressPair must contain ip_address/,
  /^Empty subnet pool prefix list/,
  /default subnet ?pool/i,
  /^Invalid network tunnel range/,
  /: The internal IP does not correspond to an address on the internal port/,
  /^(AllowedAddressPair must contain|Allowed address pairs must be|The number of allowed address pair exceeds)/,
  /^(Invalid value for port|Conflicting value ethertype) /,
  /^Cannot use 'remote-ip-prefix' in conjunction with/,
  /^Bad local_ip(_port_association)? request: Port .* not found/,
  /^Specified Port .* does not have requested IP address/,
  /is not a valid IP for any of the subnets on the specified network/,
  /^'.+' is not a valid (IP address|IP subnet|MAC address)$/,
];

test('no path of a feature’s own makes the server fail', async (t) => {
  const api = await apiUnderTest(t);
  const { routes } = networkingApi();
  const bodies = ['', 'null', '[]', '7', '{}', ...some(ODDITIES).map(jsonText)];
  for (const { method, path } of routes) {
    for (const part of ['x', '%00', '00000000-0000-0000-0000-000000000000', 'a'.repeat(3000), '..%2f..']) {
      const target = `/v2.0/${path.replace(/:\w+/g, part)}`;
      if (method === 'GET' || method === 'DELETE') await send(api, method, target);
      else for (const body of bodies) await send(api, method, target, body);
    }
  }
  for (const resource of networkingResources()) {
    const path = `/v2.0/${pathOf(resource)}/x`.replace(':parent_id', 'x');
    for (const method of ['GET', 'PUT', 'DELETE', 'POST', 'PATCH']) {
      const answer = await send(api, method, path, method === 'GET' ? undefined : `{"${resource.name}":{}}`);
      assert.ok(answer.status >= 400, `${method} ${path} -> ${answer.status}`);
    }
    for (const { method, path: action } of resource.actions ?? []) {
      await send(api, method, `${path}/${action.replace(/:\w+/g, 'x')}`, method === 'GET' ? undefined : '{}');
    }
  }
});

test('no body, path or query makes the server fail', async (t) => {
  const api = await apiUnderTest(t);
  const bodies = [
    '',
    ' ',
    'null',
    '[]',
    '7',
    '"x"',
    '{',
    '[[[',
    '{"network":7}',
    '{"network":[]}',
    '{"networks":7}',
    '{"networks":[7]}',
  ];
  bodies.push(
    '{"networks":[[]]}',
    '{"networks":[{"network":null}]}',
    '{"networks":{}}',
    '{"__proto__":{}}',
    '\ufeff{}',
    '\u0000',
  );
  bodies.push('['.repeat(500_000), `{"network":{"name":"${LONG}"}}`, '{"network":{"name":1}, "network":{"name":2}}');
  for (const body of bodies) {
    await send(api, 'POST', '/v2.0/networks', body);
    await send(api, 'PUT', '/v2.0/networks/00000000-0000-0000-0000-000000000000/tags', body);
  }
  const paths = [
    '/v2.0/networks/%00',
    '/v2.0/networks/%',
    '/v2.0/networks/%ff',
    `/v2.0/networks/${'a'.repeat(3000)}`,
    '/v2.0/networks//',
  ];
  paths.push(
    '/v2.0//networks',
    '/v2.0/networks/a/b/c/d',
    '/v2.0/networks/x/tags/%00',
    '/v2.0/extensions/%00',
    '/v2.0/networks/..%2f..',
  );
  for (const query of [
    'limit=99999999999999999999',
    'marker=x',
    'marker=%00',
    'fields=%00',
    'sort_key=%00&sort_dir=asc',
    'page_reverse=x',
  ]) {
    paths.push(`/v2.0/ports?${query}`);
  }
  for (const query of [
    'fixed_ips=x',
    'fixed_ips=',
    'fixed_ips==',
    'fixed_ips=x%3Dy',
    'fixed_ips=ip_address%3Dx',
    'fixed_ips=subnet_id%3D%00',
  ]) {
    paths.push(`/v2.0/ports?${query}`);
  }
  for (const query of [
    'tags=',
    'tags=%00',
    'tags=,',
    'tags=%5C%22%7B%7D',
    'id=%ED%A0%80',
    '%',
    '&&&',
    '=x',
    'toString=1',
    '__proto__=1',
  ]) {
    paths.push(`/v2.0/networks?${query}`);
  }
  for (const path of paths) await send(api, 'GET', path);
});
