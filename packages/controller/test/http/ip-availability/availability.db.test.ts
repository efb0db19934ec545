import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiUnderTest } from '../api-under-test.ts';
import { captured } from '../replay.ts';

type Values = Record<string, unknown>;

test('addresses are counted as a real server counts them, and exactly', async (t) => {
  const api = await apiUnderTest(t);
  const network = (await api.call('POST', '/v2.0/networks', { network: { name: 'net1' } }, { as: 'blue' })).body.network
    .id;
  const subnet = (more: Values) =>
    api.call('POST', '/v2.0/subnets', { subnet: { network_id: network, ...more } }, { as: 'blue' });
  const pools = [{ start: '10.9.0.10', end: '10.9.0.200' }];
  await subnet({ ip_version: 4, cidr: '10.9.0.0/24', name: 'sub1b', allocation_pools: pools });
  await subnet({ ip_version: 6, cidr: 'fd00:9::/64', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
  for (let i = 0; i < 3; i++) await api.call('POST', '/v2.0/ports', { port: { network_id: network } }, { as: 'blue' });
  const url = '/v2.0/network-ip-availabilities';
  const shown = (await api.call('GET', `${url}/${network}`)).body.network_ip_availability;
  const exchange = captured('misc').find(({ title }) => title === 'network ip availability');
  assert.ok(exchange);
  const theirs = (exchange.response.body as { network_ip_availability: Values }).network_ip_availability;
  assert.deepEqual(Object.keys(shown).sort(), Object.keys(theirs).sort());
  assert.equal(shown.total_ips, theirs['total_ips']);
  const [four, six] = shown.subnet_ip_availability;
  assert.deepEqual([four.total_ips, four.used_ips, six.used_ips, shown.used_ips], [191, 3, 3, 6]);
  assert.deepEqual(
    Object.keys(four).sort(),
    Object.keys((theirs['subnet_ip_availability'] as Values[])[0] ?? {}).sort(),
  );
  const text = await (await fetch(`${api.url}${url}/${network}`, { headers: { 'x-auth-token': 'admin' } })).text();
  assert.match(text, /"total_ips":18446744073709551615/);
  assert.match(text, /"total_ips":18446744073709551806/);

  const list = async (query: string, as = 'admin') =>
    (await api.call('GET', `${url}?${query}`, undefined, { as })).body.network_ip_availabilities;
  const [only] = await list('ip_version=4');
  assert.deepEqual([only.total_ips, only.used_ips, only.subnet_ip_availability.length], [191, 3, 1]);
  assert.equal((await list(`network_name=net1&project_id=blue&network_id=${network}`)).length, 1);
  assert.deepEqual(await list('network_name=other'), []);
  assert.deepEqual(await list('', 'blue'), []);
  await api.call('POST', '/v2.0/networks', { network: { name: 'empty' } });
  assert.deepEqual([(await list('')).length, (await list('ip_version=6')).length], [2, 1]);
  const paged = (await api.call('GET', `${url}?limit=1&fields=network_id`)).body;
  assert.deepEqual(Object.keys(paged.network_ip_availabilities[0]), ['network_id']);
  assert.match(paged.network_ip_availabilities_links[0].href, /\/v2\.0\/network-ip-availabilities\?.*marker=/);
});

test('service providers are those that there are', async (t) => {
  const api = await apiUnderTest(t);
  const exchange = captured('misc').find(({ title }) => title === 'service providers');
  assert.ok(exchange);
  const theirs = (exchange.response.body as { service_providers: Values[] }).service_providers;
  const reply = await api.call('GET', '/v2.0/service-providers', undefined, { as: 'blue reader' });
  assert.deepEqual(reply.body.service_providers, theirs.slice(0, 4));
});
