import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, apiUnderTest } from './api-under-test.ts';

interface Port {
  readonly id: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly { ip_address: string }[];
  readonly project_id: string;
}

async function make(api: Api, kind: string, object: Record<string, unknown>, as = 'admin') {
  const answer = await api.call('POST', `/v2.0/${kind}s`, { [kind]: object }, { as });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body[kind];
}

async function dhcpPorts(api: Api, networkId: string): Promise<Port[]> {
  const { body } = await api.call('GET', `/v2.0/ports?network_id=${networkId}&device_owner=network:dhcp`);
  return body.ports;
}

function ips(port: Port | undefined): string[] {
  return port?.fixed_ips.map((ip) => ip.ip_address) ?? [];
}

const SLAAC = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };

test('the DHCP port comes with the first binding and follows the subnets', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await make(api, 'network', {}, 'blue')).id;
  await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.1.0.0/24' }, 'blue');
  await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.9.0.0/24', enable_dhcp: false }, 'blue');
  const port = await make(api, 'port', { network_id }, 'blue');
  assert.deepEqual(await dhcpPorts(api, network_id), [], 'nobody is bound yet');

  const bound = await api.call('PUT', `/v2.0/ports/${port.id}`, { port: { 'binding:host_id': 'h1' } });
  assert.equal(bound.status, 200);
  const [dhcp, ...more] = await dhcpPorts(api, network_id);
  assert.deepEqual([ips(dhcp), dhcp?.project_id, more], [['10.1.0.3'], 'blue', []]);

  const second = await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.2.0.0/24' }, 'blue');
  const auto = await make(api, 'subnet', { network_id, cidr: 'fd00:1::/64', ...SLAAC }, 'blue');
  const [grown] = await dhcpPorts(api, network_id);
  assert.equal(grown?.id, dhcp?.id);
  assert.deepEqual(ips(grown).slice(0, 2), ['10.1.0.3', '10.2.0.2']);
  assert.match(ips(grown)[2] ?? '', /^fd00:1::f816:3eff:/);

  await api.call('PUT', `/v2.0/subnets/${second.id}`, { subnet: { enable_dhcp: false } });
  assert.deepEqual(ips((await dhcpPorts(api, network_id))[0]).length, 2);
  await api.call('PUT', `/v2.0/subnets/${second.id}`, { subnet: { enable_dhcp: true } });
  assert.deepEqual(ips((await dhcpPorts(api, network_id))[0]).length, 3);
  for (const id of [auto.id, second.id]) {
    assert.equal((await api.call('DELETE', `/v2.0/subnets/${id}`)).status, 204, 'the DHCP port is no hindrance');
  }
  assert.deepEqual(ips((await dhcpPorts(api, network_id))[0]), ['10.1.0.3']);

  await api.call('DELETE', `/v2.0/ports/${port.id}`);
  assert.equal((await api.call('DELETE', `/v2.0/networks/${network_id}`, undefined, { as: 'blue' })).status, 204);
  const left = await api.store.query(
    'SELECT FROM ports UNION ALL SELECT FROM ip_allocations UNION ALL SELECT FROM subnets',
  );
  assert.deepEqual(left, []);
});

test('a subnet with DHCP that comes after the binding brings the port', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await make(api, 'network', {})).id;
  await make(api, 'port', { network_id, 'binding:host_id': 'h1' });
  assert.deepEqual(await dhcpPorts(api, network_id), []);
  await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.1.0.0/24' });
  assert.deepEqual((await dhcpPorts(api, network_id)).map(ips), [['10.1.0.2']]);
});

test('a binding succeeds without an address for DHCP, and a later one completes it', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await make(api, 'network', {})).id;
  await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.1.0.0/30' });
  const port = await make(api, 'port', { network_id, 'binding:host_id': 'h1' });
  assert.deepEqual(await dhcpPorts(api, network_id), []);
  await api.call('PUT', `/v2.0/ports/${port.id}`, { port: { fixed_ips: [] } });
  await api.call('PUT', `/v2.0/ports/${port.id}`, { port: { 'binding:host_id': 'h2' } });
  assert.deepEqual((await dhcpPorts(api, network_id)).map(ips), [['10.1.0.2']]);
});

test('many first bindings at once make one DHCP port', async (t) => {
  const api = await apiUnderTest(t);
  const network_id = (await make(api, 'network', {})).id;
  await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.1.0.0/24' });
  await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.2.0.0/24' });
  await Promise.all(
    Array.from({ length: 24 }, () => make(api, 'port', { network_id, 'binding:host_id': 'h1', fixed_ips: [] })),
  );
  const ports = await dhcpPorts(api, network_id);
  assert.deepEqual([ports.length, ips(ports[0]).length], [1, 2]);
});

test('first bindings of new and of old ports at once do not wait for each other in a circle', async (t) => {
  const api = await apiUnderTest(t);
  for (let round = 0; round < 8; round++) {
    const network_id = (await make(api, 'network', {})).id;
    await make(api, 'subnet', { network_id, ip_version: 4, cidr: '10.1.0.0/24' });
    const old = [await make(api, 'port', { network_id }), await make(api, 'port', { network_id })];
    const moved = { 'binding:host_id': 'h1', fixed_ips: [{ ip_address: '10.1.0.200' }] };
    await Promise.all([
      ...[1, 2, 3].map(() => make(api, 'port', { network_id, 'binding:host_id': 'h1' })),
      api.call('PUT', `/v2.0/ports/${old[0].id}`, { port: { 'binding:host_id': 'h1' } }),
      api.call('PUT', `/v2.0/ports/${old[1].id}`, { port: moved }),
    ]);
    assert.equal((await dhcpPorts(api, network_id)).length, 1);
  }
  const deadlocks = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()';
  await sleep(STATISTICS_MS);
  assert.deepEqual(await api.store.query(deadlocks), [{ deadlocks: 0 }]);
});

/** A session of PostgreSQL tells what it counted once a second at most. */
const STATISTICS_MS = 1200;
