import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostTables, LogRow } from '@netloom/core/tables/host-tables';
import { openBridgeDriverWith } from '../../src/bridge/bridge-driver.ts';
import type { Commander } from '../../src/bridge/commander.ts';
import {
  defaultRules,
  filterRow,
  filterRule,
  ipsOf,
  logRow,
  macOf,
  portGuard,
  portRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import type { LoggedPacket } from '../../src/driver.ts';
import { emulateHost, sh, tries } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';
import { connects, converge, notDone, openFlow, pings, serve, stepsTo } from './filter-lab.ts';

if (await inNamespaces(import.meta.filename)) {
  const host = await emulateHost();
  const { signal } = new AbortController();
  const driver = await host.open(signal);
  const workload = (n: number): Promise<string> => host.plug(`tap${n}`, { mac: macOf(n), ips: ipsOf(n) });
  const [client, server] = [await workload(1), await workload(2), await workload(3)];
  const [ip = '', ip6 = ''] = ipsOf(2);
  const view = (...logs: LogRow[]): HostTables =>
    tablesOf({
      segments: [segmentRow('a', 5001)],
      ports: [
        portRow('a', 1, { guard: portGuard(['default']) }),
        portRow('a', 2, { guard: portGuard(['bare', 'web']) }),
        portRow('a', 3, { guard: portGuard(['web']) }),
      ],
      filters: [
        filterRow('default', defaultRules('default')),
        filterRow('bare', [filterRule('bare-ping', 'ingress', { protocol: 1 })], { stateful: false }),
        filterRow('web', [
          filterRule('web-tcp', 'ingress', { protocol: 6, min: 7, max: 7 }),
          filterRule('web-wide', 'ingress', { protocol: 6, min: 1, max: 99 }),
          filterRule('web-out', 'egress', { protocol: 1 }),
        ]),
      ],
      logs,
    });
  const told: LoggedPacket[] = [];
  let lost = 0;
  const hearing = driver.packets?.({
    onPacket: (packet) => void told.push(packet),
    onLost: (count) => {
      lost += count;
    },
  });
  /** What is told of while `body` runs. The kernel holds packets back for up to a second. */
  const heard = async (body: () => Promise<unknown>): Promise<LoggedPacket[]> => {
    told.length = 0;
    await body();
    await delay(1_300);
    return [...told];
  };
  const ruleset = () => sh(`ip netns exec ${host.dataPlane} nft list ruleset`);
  const readers = () => tries('pgrep -x -r R,S,D ulogd');

  test('nothing is logged unless somebody wants it', async () => {
    await converge(driver, view());
    assert.doesNotMatch(await ruleset(), /log|limit/);
    assert.equal(await readers(), false);
  });

  test('the first packet of a flow is told of with its rule, a dropped one without', async () => {
    using _echo = await serve(server);
    await converge(driver, view(logRow('a', 2)));
    const [accept, ...others] = await heard(() => connects(client, ip));
    assert.deepEqual(others, [], 'one packet a flow, by one rule');
    const { at = 0, sourcePort, bytes = 0, ...rest } = accept ?? {};
    assert.ok(Math.abs(Date.now() - at) < 10_000 && bytes >= 40 && (sourcePort ?? 0) > 0);
    assert.deepEqual(rest, {
      ...{ device: 'tap2', verdict: 'ACCEPT', direction: 'ingress', rule: 'web-tcp', protocol: 6 },
      ...{ source: ipsOf(1)[0], destination: ip, destinationPort: 7, icmpType: null, icmpCode: null },
    });
    const [drop, ...more] = await heard(() => pings(client, ip6));
    assert.deepEqual(more, []);
    assert.deepEqual(
      [drop?.verdict, drop?.rule, drop?.protocol, drop?.destination, drop?.icmpType],
      ['DROP', null, 58, ip6, 128],
    );
    const [out] = await heard(() => pings(server, ipsOf(1)[0] ?? ''));
    assert.deepEqual([out?.verdict, out?.direction, out?.rule], ['ACCEPT', 'egress', 'web-out']);
    const stateless = await heard(() => pings(client, ip));
    assert.deepEqual(
      stateless.map(({ verdict, rule, source }) => [verdict, rule, source]),
      [
        ['ACCEPT', 'bare-ping', ipsOf(1)[0]],
        ['DROP', null, ip],
      ],
      'without state the answer needs a rule of its own',
    );
  });

  test('only what is asked for is told of', async () => {
    using _echo = await serve(server);
    const both = () => Promise.all([connects(client, ip), pings(client, ip6), pings(client, ipsOf(3)[1] ?? '')]);
    const verdicts = async (row: LogRow) => {
      await converge(driver, view(row));
      return (await heard(both)).map(({ device, verdict }) => `${device} ${verdict}`);
    };
    assert.deepEqual(await verdicts(logRow('a', 2, { event: 'DROP' })), ['tap2 DROP']);
    assert.deepEqual(await verdicts(logRow('a', 2, { event: 'ACCEPT' })), ['tap2 ACCEPT']);
    assert.deepEqual(await verdicts(logRow('a', 2, { event: 'ACCEPT', filter: 'bare' })), []);
    assert.deepEqual(await verdicts(logRow('a', 3)), ['tap3 DROP']);
  });

  test('a log that comes or goes cuts nothing, and an open flow is not told of anew', async () => {
    using _echo = await serve(server);
    await converge(driver, view());
    using flow = openFlow(client, 'tcp', ip);
    await flow.goesOn();
    const packets = await heard(async () => {
      for (const logs of [[], [logRow('a', 2)], [logRow('a', 2), logRow('a', 1)]]) {
        await converge(driver, view(...logs));
        await flow.goesOn();
        await flow.goesOn();
      }
    });
    assert.deepEqual(packets, []);
    await converge(driver, view());
    await flow.goesOn();
    assert.doesNotMatch(await ruleset(), /log|limit/);
    assert.equal(await readers(), false);
  });

  test('a flood is told of at a rate, and what is denied stays denied', async () => {
    await converge(driver, view(logRow('a', 2)));
    const flood = await heard(() => tries(`nsenter --net=/run/netns/${client} -- ping -q -f -c 2000 -w 3 ${ip6}`));
    assert.ok(flood.length >= 25 && flood.length < 1500, `${flood.length} of 2000 packets`);
    assert.equal(lost, 0);
  });

  test('a host that cannot read what is logged says so, and filters as before', async () => {
    await converge(driver, view());
    const poor: Commander = {
      ...host.commander,
      follow: (argv, onLine) =>
        host.commander.follow(argv.join(' ').includes('ulogd') ? ['echo', 'ulogd: not found'] : argv, onLine),
    };
    const options = { host: host.name, namespace: host.dataPlane, stateFolder: `/run/${host.name}-poor` };
    const unable = await openBridgeDriverWith(poor, { ...options, underlay: { address: host.vtep } }, signal);
    using _echo = await serve(server);
    const [[item, outcome] = [], ...others] = await notDone(unable, view(logRow('a', 2)));
    assert.deepEqual([item, others], ['packetLog reader', []]);
    assert.ok(outcome?.result === 'failed');
    assert.equal(outcome.code, 'BRIDGE_NO_PACKET_LOG');
    assert.match(outcome.message, /ulogd: not found/);
    const [step] = await stepsTo(unable, view(logRow('a', 2)));
    assert.deepEqual(step?.item.owners, ['logs/log/p2']);
    assert.deepEqual([await connects(client, ip), await pings(client, ip6)], [true, false]);
    await converge(unable, view());
  });

  test('a reader that dies is missed, and comes back', async () => {
    const tables = view(logRow('a', 2));
    await converge(driver, tables);
    let changes = 0;
    using _watch = driver.watch?.(() => {
      changes += 1;
    });
    await sh(`kill -9 ${(await sh('pgrep -x -r R,S,D ulogd')).trim()}`);
    for (let i = 0; i < 50 && changes === 0; i++) await delay(50);
    assert.ok(changes > 0);
    assert.deepEqual(
      (await stepsTo(driver, tables)).map(({ item }) => item.kind),
      ['packetLog'],
    );
    await converge(driver, tables);
    const [drop] = await heard(() => pings(client, ip6));
    assert.equal(drop?.verdict, 'DROP');
    await converge(driver, tablesOf({}));
    assert.equal(await readers(), false);
    hearing?.[Symbol.dispose]();
    await host.close();
  });
}
