import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrefix, type Prefix, parsePrefix } from '@netloom/core/net/prefix';
import { subtractPrefixes } from '../../../src/http/resources/subnetpools/prefix-set.ts';
import { type Api, apiUnderTest, type Reply } from '../api-under-test.ts';
import { random as randomSource } from '../random.ts';

type Values = Record<string, unknown>;

function told({ status, body }: Reply): string {
  return body?.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

function using(api: Api, as = 'blue') {
  const post = (path: string, kind: string, object: Values) =>
    api.call('POST', `/v2.0/${path}`, { [kind]: object }, { as });
  return {
    call: (method: string, path: string, body?: unknown) => api.call(method, `/v2.0/${path}`, body, { as }),
    network: async (more: Values = {}) => (await post('networks', 'network', more)).body.network.id as string,
    pool: (more: Values) => post('subnetpools', 'subnetpool', { name: 'pool', ...more }),
    subnet: (more: Values) => post('subnets', 'subnet', { ip_version: 4, ...more }),
    scope: async (version: 4 | 6) =>
      (await post('address-scopes', 'address_scope', { ip_version: version })).body.address_scope.id as string,
  };
}

/** What is free of a pool, and that it agrees with its prefixes and its subnets. */
async function freeOf(api: Api, pool: string): Promise<string[]> {
  const [row] = await api.store.query<{ prefixes: string[]; free: string[]; taken: string[] }>(
    `SELECT prefixes, ARRAY(SELECT f.prefix::text FROM subnetpool_free f WHERE f.pool_id = id ORDER BY f.prefix) AS free,
 ARRAY(SELECT cidr::text FROM subnets WHERE subnetpool_id = subnetpools.id) AS taken FROM subnetpools WHERE id = $1`,
    [pool],
  );
  const known = (texts: readonly string[]) => texts.map((text) => parsePrefix(text) as Prefix);
  const { prefixes = [], free = [], taken = [] } = row ?? {};
  assert.deepEqual(free, subtractPrefixes(known(prefixes), known(taken)).map(formatPrefix));
  return free;
}

test('pools that cannot be are refused in words', async (t) => {
  const api = await apiUnderTest(t);
  const { pool, call } = using(api);
  const prefixes = ['10.0.0.0/8'];
  const cases: [Promise<Reply>, string][] = [
    [
      call('POST', 'subnetpools', { subnetpool: { prefixes } }),
      "400 HTTPBadRequest Failed to parse request. Required attribute 'name' not specified",
    ],
    [
      pool({ name: ' ', prefixes }),
      "400 HTTPBadRequest Invalid input for name. Reason: ' ' Blank strings are not permitted.",
    ],
    [pool({ prefixes: [] }), '400 EmptySubnetPoolPrefixList Empty subnet pool prefix list.'],
    [
      pool({ prefixes: ['10.0.0.0/33'] }),
      "400 HTTPBadRequest Invalid input for prefixes. Reason: '10.0.0.0/33' is not a valid IP subnet.",
    ],
    [pool({ prefixes: 'x' }), "400 HTTPBadRequest Invalid input for prefixes. Reason: 'x' is not a list."],
    [
      pool({ prefixes: ['10.0.0.0/8', 'fd00::/48'] }),
      '400 PrefixVersionMismatch Cannot mix IPv4 and IPv6 prefixes in a subnet pool.',
    ],
    [
      pool({ prefixes, min_prefixlen: 30, max_prefixlen: 24 }),
      '400 IllegalSubnetPoolPrefixBounds Illegal prefix bounds: min_prefixlen=30, max_prefixlen=24.',
    ],
    [
      pool({ prefixes, max_prefixlen: 33 }),
      '400 IllegalSubnetPoolPrefixBounds Illegal prefix bounds: max_prefixlen=33, ip_version_max=32.',
    ],
    [
      pool({ prefixes, default_prefixlen: 4 }),
      '400 IllegalSubnetPoolPrefixBounds Illegal prefix bounds: default_prefixlen=4, min_prefixlen=8.',
    ],
    [
      pool({ prefixes, min_prefixlen: -1 }),
      "400 HTTPBadRequest Invalid input for min_prefixlen. Reason: '-1' should be non-negative.",
    ],
    [
      pool({ prefixes, is_default: true }),
      '403 PolicyNotAuthorized (rule:create_subnetpool and rule:create_subnetpool:is_default) is disallowed by policy',
    ],
    [
      pool({ prefixes, shared: true }),
      '403 PolicyNotAuthorized (rule:create_subnetpool and rule:create_subnetpool:shared) is disallowed by policy',
    ],
  ];
  for (const [reply, text] of cases) assert.equal(told(await reply), text);
  const six = (await pool({ prefixes: ['fd00::/48'] })).body.subnetpool;
  assert.deepEqual(
    [six.ip_version, six.min_prefixlen, six.max_prefixlen, six.default_prefixlen],
    [6, '64', '128', '64'],
  );
});

test('subnets whose prefix cannot be had are refused in words', async (t) => {
  const api = await apiUnderTest(t);
  const { pool, subnet, network, call } = using(api);
  const id = (await pool({ prefixes: ['10.0.0.0/24'], min_prefixlen: 25, default_quota: 192 })).body.subnetpool
    .id as string;
  const network_id = await network();
  const from = (more: Values) => subnet({ network_id, subnetpool_id: id, ...more });
  const cases: [() => Promise<Reply>, string][] = [
    [
      () => from({ prefixlen: 24 }),
      '400 MinPrefixSubnetAllocationError Unable to allocate subnet with prefix length 24, minimum allowed prefix is 25.',
    ],
    [
      () => from({ cidr: '10.0.0.0/24' }),
      '400 MinPrefixSubnetAllocationError Unable to allocate subnet with prefix length 24, minimum allowed prefix is 25.',
    ],
    [
      () => from({ cidr: '10.1.0.0/25' }),
      '409 SubnetAllocationError Failed to allocate subnet: Cannot allocate requested subnet from the available set of prefixes.',
    ],
    [
      () => from({ ip_version: 6 }),
      '400 BadRequest Bad subnets request: Cannot allocate IPv6 subnet from IPv4 subnet pool.',
    ],
    [
      () => from({ allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.9' }] }),
      '400 BadRequest Bad subnets request: allocation_pools allowed only for specific subnet requests..',
    ],
    [
      () => from({ use_default_subnetpool: true }),
      '400 BadRequest Bad subnets request: subnetpool_id and use_default_subnetpool cannot both be specified.',
    ],
    [
      () => subnet({ network_id, use_default_subnetpool: true }),
      '400 BadRequest Bad subnets request: No default subnetpool found for IPv4.',
    ],
    [
      () => subnet({ network_id, subnetpool_id: 'prefix_delegation', ip_version: 6 }),
      '404 SubnetPoolNotFound Subnet pool prefix_delegation could not be found.',
    ],
    [() => from({ prefixlen: 25 }), '201'],
    [() => from({ prefixlen: 25 }), '409 SubnetPoolQuotaExceeded Per-tenant subnet pool prefix quota exceeded.'],
    [() => from({ prefixlen: 26 }), '201'],
    [
      () => subnet({ network_id, cidr: '10.9.0.0/24' }),
      '400 NetworkSubnetPoolAffinityError Subnets hosted on the same network must be allocated from the same subnet pool.',
    ],
    [() => call('PUT', `subnetpools/${id}`, { subnetpool: { default_quota: 1000 } }), '200'],
    [() => from({ prefixlen: 26 }), '201'],
    [
      () => from({ prefixlen: 26 }),
      '409 SubnetAllocationError Failed to allocate subnet: Insufficient prefix space to allocate subnet size /26.',
    ],
  ];
  for (const [ask, text] of cases) assert.equal(told(await ask()), text);
  assert.deepEqual(await freeOf(api, id), []);
  await api.call('DELETE', `/v2.0/networks/${network_id}`, undefined, { as: 'blue' });
  assert.deepEqual(await freeOf(api, id), ['10.0.0.0/24'], 'a network gives the prefixes of its subnets back');
  const [left] = await api.store.query<{ used: string }>('SELECT used::text FROM subnetpool_usage WHERE used <> 0');
  assert.equal(left, undefined);
});

test('there is one default pool for each family, which who names none gets', async (t) => {
  const api = await apiUnderTest(t);
  const { pool, call } = using(api, 'admin');
  const usual = await pool({ prefixes: ['10.0.0.0/8'], default_prefixlen: 24, is_default: true, shared: true });
  assert.equal(usual.body.subnetpool.shared, true);
  const exists =
    '400 InvalidInput Invalid input for operation: A default subnetpool for this IP family has already been set. Only one default may exist per IP family.';
  assert.equal(told(await pool({ prefixes: ['11.0.0.0/8'], is_default: true })), exists);
  const other = (await pool({ prefixes: ['11.0.0.0/8'] })).body.subnetpool.id;
  assert.equal(told(await call('PUT', `subnetpools/${other}`, { subnetpool: { is_default: true } })), exists);
  assert.equal(told(await pool({ prefixes: ['fd00::/48'], is_default: true })), '201');
  const blue = using(api);
  const made = await blue.subnet({ network_id: await blue.network(), use_default_subnetpool: true });
  assert.equal(made.body.subnet.cidr, '10.0.0.0/24');
  assert.equal(made.body.subnet.subnetpool_id, usual.body.subnetpool.id);
  const unseen = await blue.subnet({ network_id: await blue.network(), use_default_subnetpool: true, ip_version: 6 });
  assert.equal(
    told(unseen),
    '400 BadRequest Bad subnets request: No default subnetpool found for IPv6.',
    'it is not shared',
  );
});

test('addresses in a scope are unique, and a network is in one', async (t) => {
  const api = await apiUnderTest(t);
  const { pool, scope, subnet, network, call } = using(api);
  const [one, two] = [await scope(4), await scope(4)];
  const a = (await pool({ prefixes: ['10.0.0.0/16'], address_scope_id: one, default_prefixlen: 24 })).body.subnetpool
    .id;
  assert.equal(
    told(await pool({ prefixes: ['10.0.128.0/17'], address_scope_id: one })),
    '409 AddressScopePrefixConflict Failed to associate address scope: subnetpools within an address scope must have unique prefixes.',
  );
  const b = (await pool({ prefixes: ['10.1.0.0/16'], address_scope_id: one, default_prefixlen: 24 })).body.subnetpool
    .id;
  const six = await scope(6);
  assert.match(
    told(await pool({ prefixes: ['10.2.0.0/16'], address_scope_id: six })),
    /^400 IllegalSubnetPoolIpVersionAssociationToAddressScope .* because subnetpool ip_version is not 6\.$/,
  );
  const nobody = '00000000-0000-0000-0000-000000000000';
  assert.equal(
    told(await pool({ prefixes: ['10.2.0.0/16'], address_scope_id: nobody })),
    `404 AddressScopeNotFound Address scope ${nobody} could not be found.`,
  );
  const network_id = await network();
  assert.equal(told(await subnet({ network_id, subnetpool_id: a })), '201');
  assert.equal(told(await subnet({ network_id, subnetpool_id: b })), '201', 'another pool of the same scope');
  const apart = (await pool({ prefixes: ['10.3.0.0/16'], default_prefixlen: 24 })).body.subnetpool.id;
  const split =
    '400 NetworkAddressScopeAffinityError Subnets of the same address family hosted on the same network must all participate in the same address scope.';
  assert.equal(told(await subnet({ network_id, subnetpool_id: apart })), split);
  assert.equal(told(await call('PUT', `subnetpools/${a}`, { subnetpool: { address_scope_id: two } })), split);
  const shown = (await call('GET', `networks/${network_id}`)).body.network;
  assert.deepEqual([shown.ipv4_address_scope, shown.ipv6_address_scope], [one, null]);
});

test('prefixes come, go, and are taken from networks', async (t) => {
  const api = await apiUnderTest(t);
  const { pool, subnet, network, call } = using(api);
  const id = (await pool({ prefixes: ['10.0.0.0/24'], default_prefixlen: 26 })).body.subnetpool.id as string;
  const change = (action: string, body: unknown) => call('PUT', `subnetpools/${id}/${action}`, body);
  assert.deepEqual((await change('add_prefixes', { prefixes: ['10.0.1.0/24'] })).body, { prefixes: ['10.0.0.0/23'] });
  await subnet({ network_id: await network(), subnetpool_id: id });
  const inUse =
    '400 IllegalSubnetPoolPrefixUpdate Illegal update to prefixes: One or more the prefixes to be removed is in use by a subnet..';
  assert.equal(told(await change('remove_prefixes', { prefixes: ['10.0.0.0/24'] })), inUse);
  assert.deepEqual((await change('remove_prefixes', { prefixes: ['10.0.1.0/25'] })).body.prefixes, [
    '10.0.0.0/24',
    '10.0.1.128/25',
  ]);
  assert.deepEqual((await change('remove_prefixes', { prefixes: ['11.0.0.0/8'] })).body.prefixes, [
    '10.0.0.0/24',
    '10.0.1.128/25',
  ]);
  assert.equal(told(await change('add_prefixes', {})), '400 HTTPBadRequest Request body contains invalid data');
  assert.equal(
    told(await change('add_prefixes', { prefixes: ['x'] })),
    "400 HTTPBadRequest Invalid input for prefixes. Reason: 'x' is not a valid IP subnet.",
  );
  await freeOf(api, id);

  const onboarded = await network();
  const first = (await subnet({ network_id: onboarded, cidr: '10.0.1.128/26' })).body.subnet.id;
  const second = (await subnet({ network_id: onboarded, cidr: '10.8.0.0/24' })).body.subnet.id;
  const reply = await change('onboard_network_subnets', { network_id: onboarded });
  assert.deepEqual(
    reply.body.toSorted((x: Values, y: Values) => (String(x['cidr']) < String(y['cidr']) ? -1 : 1)),
    [
      { id: first, cidr: '10.0.1.128/26' },
      { id: second, cidr: '10.8.0.0/24' },
    ],
  );
  assert.equal((await call('GET', `subnets/${first}`)).body.subnet.subnetpool_id, id);
  assert.deepEqual((await call('GET', `subnetpools/${id}`)).body.subnetpool.prefixes, [
    '10.0.0.0/24',
    '10.0.1.128/25',
    '10.8.0.0/24',
  ]);
  await freeOf(api, id);
  assert.match(
    told(await change('onboard_network_subnets', { network_id: onboarded })),
    /^400 IllegalSubnetPoolUpdate Illegal subnetpool update : Onboarding subnet .* conflicts with allocated prefixes in subnet pool/,
  );
  assert.equal(
    told(await change('onboard_network_subnets', {})),
    '400 InvalidInput Invalid input for operation: network_id must be specified..',
  );
  const foreign = await using(api, 'red').network();
  assert.equal(
    told(await change('onboard_network_subnets', { network_id: foreign })),
    `404 NetworkNotFound Network ${foreign} could not be found.`,
  );
});

test('any mix of subnets leaves no address out and none twice', async (t) => {
  const api = await apiUnderTest(t);
  const { pool, subnet, network, call } = using(api);
  const random = randomSource(11);
  const made = await pool({ prefixes: ['10.0.0.0/22', '10.0.8.0/23'], min_prefixlen: 23, default_prefixlen: 27 });
  const id = made.body.subnetpool.id as string;
  const networks = [await network(), await network(), await network()];
  const subnets: string[] = [];
  await api.store.query(`UPDATE quota_limits SET "limit" = -1`);
  for (let round = 0; round < 120; round++) {
    const gone = random(3) === 0 ? subnets.splice(random(Math.max(subnets.length, 1)), 1)[0] : undefined;
    if (gone !== undefined) assert.equal((await call('DELETE', `subnets/${gone}`)).status, 204);
    const network_id = networks[random(3)];
    const length = 24 + random(6);
    const how = random(3) === 0 ? { cidr: `10.0.${random(12)}.${random(8) * 32}/${length}` } : { prefixlen: length };
    const reply = await subnet({ network_id, subnetpool_id: id, ...how });
    assert.ok([201, 409].includes(reply.status), told(reply));
    if (reply.status === 201) subnets.push(reply.body.subnet.id);
    if (round % 10 === 0) await freeOf(api, id);
  }
  await freeOf(api, id);
  await Promise.all(
    Array.from({ length: 24 }, () => subnet({ network_id: networks[0], subnetpool_id: id, prefixlen: 29 })),
  );
  await freeOf(api, id);
  const [usage] = await api.store.query<{ used: number; held: number }>(
    `SELECT (SELECT used FROM subnetpool_usage)::integer AS used,
 (SELECT sum(power(2, 32 - masklen(cidr))) FROM subnets WHERE subnetpool_id IS NOT NULL)::integer AS held`,
  );
  assert.equal(usage?.used, usage?.held);
});
