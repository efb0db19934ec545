import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterRow, HostTables } from '@netloom/core/tables/host-tables';
import {
  filterRow,
  filterRule,
  ipsOf,
  macOf,
  portGuard,
  portRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import { emulateHost, sh } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';
import { connects, converge, serve } from './filter-lab.ts';

if (await inNamespaces(import.meta.filename)) {
  const host = await emulateHost();
  const { signal } = new AbortController();
  let driver = await host.open(signal);
  const [client, server] = [
    await host.plug('tap1', { mac: macOf(1), ips: ipsOf(1) }),
    await host.plug('tap2', { mac: macOf(2), ips: ipsOf(2) }),
  ];
  const [ip = ''] = ipsOf(2);
  const tcp = filterRule('tcp', 'ingress', { protocol: 6, min: 7, max: 7 });
  const [ping, idle] = [filterRule('ping', 'ingress', { protocol: 1 }), filterRule('idle', 'egress')];
  const view = (rules: FilterRow['rules'], extra: Partial<HostTables> = {}): HostTables => ({
    ...tablesOf({
      segments: [segmentRow('a', 5001)],
      ports: [portRow('a', 1), portRow('a', 2, { guard: portGuard(['web']) })],
      filters: [filterRow('web', rules)],
    }),
    ...extra,
  });
  const hits = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      ((await driver.hits?.(signal)) ?? []).map((each) => [`${each.table} ${each.group} ${each.rule}`, each.packets]),
    );

  const tcpHits = async (): Promise<number> => (await hits())['filters web tcp'] ?? Number.NaN;
  const oneMore = async (): Promise<void> => {
    const before = await tcpHits();
    assert.equal(await connects(client, ip), true);
    assert.ok((await tcpHits()) > before);
  };

  test('a rule keeps its hits while others come and go, the agent starts anew, and a stranger empties its chain', async () => {
    using _echo = await serve(server);
    assert.deepEqual(await hits(), {}, 'nothing is filtered yet');
    await converge(driver, view([idle, ping, tcp]));
    assert.deepEqual(await hits(), { 'filters web idle': 0, 'filters web ping': 0, 'filters web tcp': 0 });
    await oneMore();
    await oneMore();
    assert.deepEqual(await hits(), { 'filters web idle': 0, 'filters web ping': 0, 'filters web tcp': 2 });
    await converge(driver, view([idle, tcp]));
    // What is still open was looked at again, and counted.
    assert.ok((await tcpHits()) >= 2);
    await oneMore();
    driver = await host.open(signal);
    const before = await tcpHits();
    const flush = ['nft', 'flush', 'chain', 'inet', 'netloom_filters', 'f_web_in'];
    await sh(`ip netns exec ${host.dataPlane} ${flush.join(' ')}`);
    await converge(driver, view([idle, tcp]));
    assert.ok((await tcpHits()) >= before && before >= 3);
    await oneMore();
    await converge(driver, view([idle]));
    await converge(driver, view([idle, tcp]));
    assert.deepEqual(await hits(), { 'filters web idle': 0, 'filters web tcp': 0 }, 'what was taken away begins anew');
  });

  test('rules of a firewall are counted apart in each group that has them', async () => {
    using _echo = await serve(server);
    await converge(driver, view([]));
    const open = {
      action: 'allow',
      family: 4,
      protocol: null,
      source: null,
      destination: null,
      sourcePorts: null,
      destinationPorts: null,
    } as const;
    const wall = (id: string) => ({ id, ingress: [{ id: 'all', ...open }], egress: [{ id: 'all', ...open }] });
    const ports = [portRow('a', 1), portRow('a', 2, { guard: { ...portGuard(['web']), firewall: 'fw1' } })];
    const tables = view([tcp], {
      ports: new Map(ports.map((row) => [row.id, row])),
      firewalls: new Map([wall('fw1'), wall('fw2')].map((row) => [row.id, row])),
    });
    await converge(driver, tables);
    assert.equal(await connects(client, ip), true);
    assert.deepEqual(await hits(), { 'filters web tcp': 1, 'firewalls fw1 all': 1, 'firewalls fw2 all': 0 });
    await converge(driver, view([]));
    await host.close();
  });
}
