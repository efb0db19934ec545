import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkingResources } from '../../src/http/resources/networking-resources.ts';
import { type Api, apiUnderTest } from './api-under-test.ts';

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

async function send(api: Api, method: string, path: string, body?: string): Promise<void> {
  const answer = await api.call(method, path, body);
  const what = `${method} ${path} ${body?.slice(0, 200)} -> ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
  assert.ok(answer.status < 500, what);
  if (answer.status < 400 || path.startsWith('/v2.0/extensions/')) return;
  assert.equal(typeof answer.body.NeutronError?.message, 'string', what);
  assert.doesNotMatch(JSON.stringify(answer.body), /\bat .*\.ts:|node:internal|syntax error|violates/, what);
}

test('no value of any attribute makes the server fail', async (t) => {
  const api = await apiUnderTest(t);
  const net = (await api.call('POST', '/v2.0/networks', { network: {} })).body.network.id;
  const wanted = { network_id: net, ip_version: 4, cidr: '10.1.0.0/24' };
  const subnet = (await api.call('POST', '/v2.0/subnets', { subnet: wanted })).body.subnet.id;
  const port = (await api.call('POST', '/v2.0/ports', { port: { network_id: net } })).body.port.id;
  const objects: Record<string, { id: string; base: Record<string, unknown> }> = {
    network: { id: net, base: {} },
    subnet: { id: subnet, base: { network_id: net, ip_version: 4, cidr: '10.2.0.0/24' } },
    port: { id: port, base: { network_id: net } },
  };
  for (const resource of networkingResources()) {
    const { id = '', base = {} } = objects[resource.name] ?? {};
    for (const name of [...Object.keys(resource.attributes), 'tenant_id', 'nonsense', '__proto__', '\u0000']) {
      await t.test(`${resource.name}.${name}`, async () => {
        const odd = [...ODDITIES, DEEP];
        await Promise.all(
          odd.map(async (value) => {
            const entries = [...Object.entries(base).filter(([other]) => other !== name), [name, value]];
            const object = `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${jsonText(one)}`).join()}}`;
            await send(api, 'POST', `/v2.0/${resource.collection}`, `{"${resource.name}":${object}}`);
            await send(api, 'POST', `/v2.0/${resource.collection}`, `{"${resource.collection}":[${object}]}`);
            await send(
              api,
              'PUT',
              `/v2.0/${resource.collection}/${id}`,
              `{"${resource.name}":{${JSON.stringify(name)}:${jsonText(value)}}}`,
            );
          }),
        );
        for (const value of ODDITIES.filter((one) => typeof one !== 'object').map(String)) {
          if (value.length > 1000) continue;
          const query = `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`;
          await send(api, 'GET', `/v2.0/${resource.collection}?${query}`);
        }
        await send(api, 'GET', `/v2.0/${resource.collection}?sort_key=${encodeURIComponent(name)}&sort_dir=asc`);
      });
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
