import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Api, apiUnderTest, type Reply } from '../http/api-under-test.ts';

async function network(api: Api, ...subnets: Record<string, unknown>[]): Promise<{ id: string; subnets: string[] }> {
  const made = await api.call('POST', '/v2.0/networks', { network: { name: 'net' } });
  const { id } = made.body.network;
  const ids: string[] = [];
  for (const subnet of subnets) {
    const answer = await api.call('POST', '/v2.0/subnets', { subnet: { network_id: id, ip_version: 4, ...subnet } });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    ids.push(answer.body.subnet.id);
  }
  return { id, subnets: ids };
}

function port(api: Api, networkId: string, more: Record<string, unknown> = {}): Promise<Reply> {
  return api.call('POST', '/v2.0/ports', { port: { network_id: networkId, ...more } });
}

function ipsOf({ body }: Reply): string[] {
  return body.port.fixed_ips.map((ip: { ip_address: string }) => ip.ip_address);
}

function errorOf({ status, body }: Reply): string {
  return `${status} ${body.NeutronError?.type}`;
}

/** Every address of a pool is either free or some port's, and none is both. */
async function assertWhole(t: TestContext, api: Api, subnetId: string, size: number): Promise<void> {
  const [row] = await api.store.query<{ free: number; taken: number; both: number }>(
    `SELECT (SELECT coalesce(sum(last - first + 1), 0)::int FROM free_ranges WHERE space = $1) AS free,
 (SELECT count(*)::int FROM ip_allocations WHERE subnet_id = $1::uuid) AS taken,
 (SELECT count(*)::int FROM ip_allocations a JOIN free_ranges f ON f.space = $1 WHERE a.subnet_id = $1::uuid
 AND (a.ip_address - '0.0.0.0'::inet)::numeric BETWEEN f.first AND f.last) AS both`,
    [subnetId],
  );
  t.diagnostic(JSON.stringify(row));
  assert.equal((row?.free ?? 0) + (row?.taken ?? 0), size);
  assert.equal(row?.both, 0);
}

test('64 creators at once get exactly the pool, then one clear error each', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api, { cidr: '10.1.0.0/24' });
  const won: string[] = [];
  const lost: string[] = [];
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (;;) {
        const answer = await port(api, net.id);
        if (answer.status === 201) won.push(...ipsOf(answer));
        else {
          lost.push(`${errorOf(answer)} ${answer.body.NeutronError.message}`);
          return;
        }
      }
    }),
  );
  assert.equal(new Set(won).size, 253);
  assert.equal(won.length, 253);
  assert.deepEqual(
    new Set(lost),
    new Set([`409 IpAddressGenerationFailure No more IP addresses available on network ${net.id}.`]),
  );
  assert.equal(lost.length, 64);
  await assertWhole(t, api, net.subnets[0] ?? '', 253);
});

test('creators, changers and deleters at once leave no address lost or shared', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api, { cidr: '10.1.0.0/26' }, { cidr: '10.2.0.0/26' });
  await Promise.all(
    Array.from({ length: 16 }, async (_, worker) => {
      let mine: string[] = [];
      for (let i = 0; i < 12; i++) {
        const wish = i % 3 === 0 ? { fixed_ips: [{ ip_address: `10.1.0.${2 + ((worker * 7 + i) % 60)}` }] } : {};
        const made = await port(api, net.id, wish);
        if (made.status === 201) mine.push(made.body.port.id);
        else assert.match(errorOf(made), /^409 IpAddress(AlreadyAllocated|GenerationFailure)$/);
        const [first, ...rest] = mine;
        if (first !== undefined && i % 2 === 1) {
          const wanted = { fixed_ips: [{ subnet_id: net.subnets[1] }] };
          const changed = await api.call('PUT', `/v2.0/ports/${first}`, { port: wanted });
          assert.ok(changed.status === 200 || changed.status === 409, JSON.stringify(changed.body));
        }
        if (first !== undefined && i % 4 === 3) {
          assert.equal((await api.call('DELETE', `/v2.0/ports/${first}`)).status, 204);
          mine = rest;
        }
      }
    }),
  );
  for (const id of net.subnets) await assertWhole(t, api, id, 61);
  const rows = await api.store.query<{ wrong: number }>(
    `SELECT count(*)::int AS wrong FROM ports p WHERE jsonb_array_length(fixed_ips) <> (SELECT count(*) FROM ip_allocations a
 WHERE a.port_id = p.id AND EXISTS (SELECT FROM jsonb_array_elements(p.fixed_ips) f
 WHERE f->>'ip_address' = host(a.ip_address) AND f->>'subnet_id' = a.subnet_id::text))`,
  );
  assert.equal(rows[0]?.wrong, 0);
});

test('addresses asked for', async (t) => {
  const api = await apiUnderTest(t);
  const pools = [{ start: '10.1.0.10', end: '10.1.0.12' }];
  const net = await network(api, { cidr: '10.1.0.0/24', allocation_pools: pools }, { cidr: '10.2.0.0/24' });
  const [one, two] = net.subnets;
  const other = await network(api, { cidr: '10.3.0.0/24' });
  const ask = (...fixed_ips: unknown[]) => port(api, net.id, { fixed_ips });

  assert.deepEqual(ipsOf(await ask({ ip_address: '10.1.0.200' })), ['10.1.0.200']);
  assert.equal(errorOf(await ask({ ip_address: '10.1.0.200' })), '409 IpAddressAlreadyAllocated');
  assert.deepEqual(ipsOf(await ask({ ip_address: '10.1.0.1' })), ['10.1.0.1'], 'the gateway, by name only');
  assert.deepEqual(ipsOf(await ask({ subnet_id: two })), ['10.2.0.2']);
  assert.deepEqual(ipsOf(await ask({ subnet_id: one, ip_address: '10.1.0.11' }, { subnet_id: two })).length, 2);
  assert.deepEqual(ipsOf(await ask()), [], 'no address at all');
  assert.equal(errorOf(await ask({ subnet_id: two, ip_address: '10.1.0.12' })), '400 InvalidIpForSubnet');
  assert.equal(errorOf(await ask({ ip_address: '10.9.0.1' })), '400 InvalidIpForNetwork');
  assert.equal(errorOf(await ask({ ip_address: '10.1.0.255' })), '400 InvalidIpForNetwork');
  assert.equal(errorOf(await ask({ subnet_id: other.subnets[0] })), '400 InvalidInput');
  assert.equal(errorOf(await ask({ subnet_id: '00000000-0000-0000-0000-000000000000' })), '404 SubnetNotFound');
  const free = [await port(api, net.id), await port(api, net.id), await port(api, net.id)].flatMap(ipsOf);
  assert.deepEqual(free, ['10.1.0.10', '10.1.0.12', '10.2.0.4'], 'what is left of the first subnet, then the second');
});

test('a change keeps, gives back and takes addresses', async (t) => {
  const api = await apiUnderTest(t);
  const pools = [{ start: '10.1.0.10', end: '10.1.0.10' }];
  const net = await network(api, { cidr: '10.1.0.0/24', allocation_pools: pools }, { cidr: '10.2.0.0/24' });
  const made = await port(api, net.id);
  assert.deepEqual(ipsOf(made), ['10.1.0.10']);
  const change = (fixed_ips: unknown[]) => api.call('PUT', `/v2.0/ports/${made.body.port.id}`, { port: { fixed_ips } });
  assert.deepEqual(ipsOf(await change([{ subnet_id: net.subnets[0] }, { ip_address: '10.2.0.9' }])), [
    '10.1.0.10',
    '10.2.0.9',
  ]);
  assert.deepEqual(ipsOf(await change([{ ip_address: '10.2.0.9' }])), ['10.2.0.9']);
  assert.deepEqual(ipsOf(await port(api, net.id)), ['10.1.0.10'], 'the address given back is given out');
  assert.equal(errorOf(await change([{ ip_address: '10.1.0.10' }])), '409 IpAddressAlreadyAllocated');
  assert.deepEqual(ipsOf(await api.call('GET', `/v2.0/ports/${made.body.port.id}`)), ['10.2.0.9']);
});

test('IPv6: stateful addresses come from the pool, automatic ones from the MAC', async (t) => {
  const api = await apiUnderTest(t);
  const auto = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  const stateful = { ip_version: 6, ipv6_ra_mode: 'dhcpv6-stateful', ipv6_address_mode: 'dhcpv6-stateful' };
  const net = await network(api, { cidr: 'fd00:1::/64', ...stateful }, { cidr: 'fd00:2::/64', ...auto });
  const made = await port(api, net.id, { mac_address: 'fa:16:3e:00:00:01' });
  assert.deepEqual(ipsOf(made), ['fd00:1::1', 'fd00:2::f816:3eff:fe00:1']);
  const foreign = { fixed_ips: [{ subnet_id: net.subnets[1], ip_address: 'fd00:2::7' }] };
  assert.equal(errorOf(await port(api, net.id, foreign)), '400 AllocationOnAutoAddressSubnet');
  const moved = await api.call('PUT', `/v2.0/ports/${made.body.port.id}`, {
    port: { mac_address: 'fa:16:3e:00:00:02' },
  });
  assert.deepEqual(ipsOf(moved), ['fd00:1::1', 'fd00:2::f816:3eff:fe00:2']);

  const later = await api.call('POST', '/v2.0/subnets', {
    subnet: { network_id: net.id, cidr: 'fd00:3::/64', ...auto },
  });
  const shown = await api.call('GET', `/v2.0/ports/${made.body.port.id}`);
  assert.deepEqual(ipsOf(shown), [...ipsOf(moved), 'fd00:3::f816:3eff:fe00:2']);
  assert.equal((await api.call('DELETE', `/v2.0/subnets/${later.body.subnet.id}`)).status, 204);
  assert.deepEqual(ipsOf(await api.call('GET', `/v2.0/ports/${made.body.port.id}`)), ipsOf(moved));
});

test('pools that change', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api, { cidr: '10.1.0.0/24', allocation_pools: [{ start: '10.1.0.10', end: '10.1.0.11' }] });
  const [subnetId = ''] = net.subnets;
  const change = (subnet: Record<string, unknown>) => api.call('PUT', `/v2.0/subnets/${subnetId}`, { subnet });
  const first = await port(api, net.id);
  const outside = await port(api, net.id, { fixed_ips: [{ ip_address: '10.1.0.20' }] });
  assert.equal((await change({ allocation_pools: [{ start: '10.1.0.20', end: '10.1.0.21' }] })).status, 200);
  assert.deepEqual(ipsOf(await port(api, net.id)), ['10.1.0.21']);
  assert.equal(errorOf(await port(api, net.id)), '409 IpAddressGenerationFailure');
  await api.call('DELETE', `/v2.0/ports/${first.body.port.id}`);
  assert.equal(errorOf(await port(api, net.id)), '409 IpAddressGenerationFailure', 'it is in no pool any more');
  await api.call('DELETE', `/v2.0/ports/${outside.body.port.id}`);
  assert.deepEqual(ipsOf(await port(api, net.id)), ['10.1.0.20'], 'it is in the pool by now');
  assert.equal(errorOf(await change({ gateway_ip: '10.1.0.21' })), '409 GatewayConflictWithAllocationPools');
  assert.equal((await change({ gateway_ip: null })).body.subnet.gateway_ip, null);
  const both = [
    { start: '10.1.0.5', end: '10.1.0.9' },
    { start: '10.1.0.9', end: '10.1.0.12' },
  ];
  assert.equal(errorOf(await change({ allocation_pools: both })), '409 OverlappingAllocationPools');
  const beyond = [{ start: '10.1.0.5', end: '10.1.1.9' }];
  assert.equal(errorOf(await change({ allocation_pools: beyond })), '400 OutOfBoundsAllocationPool');
  const reversed = [{ start: '10.1.0.9', end: '10.1.0.5' }];
  assert.equal(errorOf(await change({ allocation_pools: reversed })), '400 InvalidAllocationPool');
});

test('a bulk of ports is made whole or not at all', async (t) => {
  const api = await apiUnderTest(t);
  const net = await network(api, { cidr: '10.1.0.0/29' });
  const many = (n: number) => ({ ports: Array.from({ length: n }, (_, i) => ({ network_id: net.id, name: `p${i}` })) });
  assert.equal(errorOf(await api.call('POST', '/v2.0/ports', many(6))), '409 IpAddressGenerationFailure');
  assert.deepEqual((await api.call('GET', '/v2.0/ports')).body, { ports: [] });
  const made = await api.call('POST', '/v2.0/ports', many(5));
  assert.deepEqual(
    made.body.ports.map((one: { name: string }) => one.name),
    ['p0', 'p1', 'p2', 'p3', 'p4'],
  );
  await assertWhole(t, api, net.subnets[0] ?? '', 5);
});
