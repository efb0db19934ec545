import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemId } from '@netloom/core/delta/items';
import type { FloatingIpRow, GatewayRow, HostTables, RouterRow } from '@netloom/core/tables/host-tables';
import { openCommander } from '../../src/bridge/commander.ts';
import { EMPTY_TABLES, portRow, remoteRow, segmentRow, tablesOf } from '../../src/conformance-tables.ts';
import type { Driver } from '../../src/driver.ts';
import { emulateHost, sh } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';

/** A tenant's network `a`, an external one `x`, and a router whose gateway is on the first of two hosts. */
const SEGMENTS = [segmentRow('a', 5001), segmentRow('x', 5009)];
const OWN = '203.0.113.5';
const FLOATING = { 1: '203.0.113.11', 2: '203.0.113.12' } as const;
const OUTSIDE = '203.0.113.9';
const TRANSIT = { segment: 'a', mac: 'fe:00:00:00:00:99' };
const ROUTER: RouterRow = {
  id: 'r1',
  interfaces: [
    { port: 'a-interface', segment: 'a', mac: 'fa:16:3f:00:01:01', addresses: ['10.0.0.254/24'], advertises: false },
  ],
  routes: [],
};
const GATEWAY: GatewayRow = {
  id: 'r1',
  interface: {
    ...{ port: 'x-gateway', segment: 'x', mac: 'fa:16:3f:00:01:09' },
    ...{ addresses: [`${OWN}/24`], advertises: false },
  },
  nexthops: ['203.0.113.1'],
  snat: true,
  transit: TRANSIT,
};
const FLOATING_IPS: readonly FloatingIpRow[] = [1, 2].map((n) => ({
  ...{ id: `f${n}`, router: 'r1' },
  ...{ address: FLOATING[n as 1 | 2], fixed: `10.0.0.${n}` },
}));

if (await inNamespaces(import.meta.filename)) {
  const [one, two] = [await emulateHost(), await emulateHost()];
  const signal = new AbortController().signal;
  const drivers = { one: await one.open(signal), two: await two.open(signal) };
  const outside = { ...remoteRow('x', 9, two.vtep), ips: [OUTSIDE] };
  const onOne = tablesOf({
    ...{ segments: SEGMENTS, routers: [ROUTER], gateways: [GATEWAY], floatingIps: FLOATING_IPS },
    ports: [portRow('a', 1)],
    remotes: [remoteRow('a', 2, two.vtep), remoteRow('a', 3, two.vtep), outside],
  });
  const gatewayRemote = (ips: readonly string[]) => ({
    ...{ id: 'x-gateway', segment: 'x', mac: GATEWAY.interface.mac, vtep: one.vtep, hostname: 'gateway' },
    ips: [OWN, ...ips],
  });
  const onTwo = tablesOf({
    ...{ segments: SEGMENTS, routers: [ROUTER], uplinks: [{ id: 'r1', transit: TRANSIT, vtep: one.vtep }] },
    ports: [portRow('a', 2), portRow('a', 3), portRow('x', 9)],
    remotes: [remoteRow('a', 1, one.vtep), gatewayRemote(Object.values(FLOATING))],
  });
  const place = { w1: `${one.name}.tap1`, w2: `${two.name}.tap2`, w3: `${two.name}.tap3`, outside: `${two.name}.tap9` };

  test('what has no floating IP leaves as the router, over the host of the gateway', async () => {
    for (const [host, n] of [
      [one, 1],
      [two, 2],
      [two, 3],
    ] as const) {
      const workload = await host.plug(`tap${n}`, { mac: portRow('a', n).mac, ips: [`10.0.0.${n}`] });
      await sh(`ip -n ${workload} route add default via 10.0.0.254`);
    }
    await two.plug('tap9', { mac: portRow('x', 9).mac, ips: [OUTSIDE] });
    await converge(drivers.one, onOne);
    await converge(drivers.two, onTwo);
    assert.equal(await seenAs(place.w3), OWN);
  });

  test('a floating IP stands for its workload both ways', async () => {
    assert.equal(await seenAs(place.w1), FLOATING[1]);
    assert.equal(await seenAs(place.w2), FLOATING[2]);
    for (const ip of Object.values(FLOATING)) assert.equal(await lost(place.outside, ip, 3), 0, ip);
    // Nobody translates what comes for a workload without one.
    assert.equal(await lost(place.outside, '10.0.0.3', 1), 1);
  });

  test('floating IPs are reached from inside, the own one too', async () => {
    for (const from of [place.w1, place.w2, place.w3]) {
      for (const ip of Object.values(FLOATING)) assert.equal(await lost(from, ip, 2), 0, `${from} ${ip}`);
    }
  });

  test('a floating IP that goes ends the open flows of both ways, and only those', async (t) => {
    const flows = {
      inbound: stream(place.outside, FLOATING[2]),
      outbound: stream(place.w2, OUTSIDE),
      kept: stream(place.outside, FLOATING[1]),
      router: stream(place.w3, OUTSIDE),
    };
    const stop = () => Promise.all(Object.values(flows).map((flow) => flow.stop()));
    t.after(stop);
    await each(Object.values(flows), 6);
    const fewer = { ...onOne, floatingIps: new Map([['f1', FLOATING_IPS[0] as FloatingIpRow]]) };
    await converge(drivers.one, fewer);
    // What was answered before is read by now.
    await each([flows.kept, flows.router], 6);
    const [inbound, outbound] = [flows.inbound.answers(), flows.outbound.answers()];
    await each([flows.kept, flows.router], 12);
    assert.deepEqual([flows.inbound.answers(), flows.outbound.answers()], [inbound, outbound]);
    await stop();
    assert.equal(await seenAs(place.w2), OWN);
    await converge(drivers.one, onOne);
    assert.equal(await lost(place.outside, FLOATING[2], 2), 0);
  });

  test('without translation for all only floating IPs lead out', async () => {
    await converge(drivers.one, { ...onOne, gateways: new Map([['r1', { ...GATEWAY, snat: false }]]) });
    assert.equal(await lost(place.w3, OUTSIDE, 2), 2);
    assert.equal(await lost(place.w2, OUTSIDE, 2), 0);
    await converge(drivers.one, onOne);
  });

  test('edits of the translation from outside are found and repaired, by a driver without memory', async () => {
    const driver = await one.open(signal);
    assert.deepEqual(left(driver, onOne, await driver.observe(signal)), []);
    const inside = `ip netns exec ${one.dataPlane}-router-r1`;
    for (const edit of [
      `${inside} nft flush map ip netloom_nat fips`,
      `${inside} nft flush chain ip netloom_nat cut`,
      `${inside} nft delete table netdev netloom_transit`,
      `${inside} nft add table ip somebody`,
      `ip -n ${one.dataPlane}-router-r1 route del default`,
    ]) {
      await sh(edit);
      assert.notDeepEqual(left(driver, onOne, await driver.observe(signal)), [], edit);
      if (edit.endsWith('somebody')) await sh(`${inside} nft delete table ip somebody`);
      await converge(driver, onOne);
      assert.equal(await lost(place.outside, FLOATING[2], 2), 0, edit);
      assert.equal(await seenAs(place.w3), OWN, edit);
    }
  });

  test('the gateway moves to the other host', async () => {
    const routed = { segments: SEGMENTS, routers: [ROUTER] };
    const there = tablesOf({
      ...{ ...routed, gateways: [GATEWAY], floatingIps: FLOATING_IPS },
      ports: [...onTwo.ports.values()],
      remotes: [remoteRow('a', 1, one.vtep)],
    });
    const here = tablesOf({
      ...{ segments: [segmentRow('a', 5001)], routers: [ROUTER] },
      uplinks: [{ id: 'r1', transit: TRANSIT, vtep: two.vtep }],
      ports: [...onOne.ports.values()],
      remotes: [remoteRow('a', 2, two.vtep), remoteRow('a', 3, two.vtep)],
    });
    await converge(drivers.two, there);
    await converge(drivers.one, here);
    for (const [from, as] of [
      [place.w1, FLOATING[1]],
      [place.w2, FLOATING[2]],
      [place.w3, OWN],
    ] as const) {
      assert.equal(await seenAs(from), as);
    }
    await converge(drivers.one, EMPTY_TABLES);
    assert.deepEqual([...(await drivers.one.observe(signal)).keys()], []);
  });

  test.after(() => Promise.all([one.close(), two.close()]));

  /** The address that the machine outside sees a workload come from. */
  async function seenAs(workload: string): Promise<string | undefined> {
    const watch = sh(
      `ip netns exec ${place.outside} sh`,
      `timeout 3 tcpdump -i eth0 -c 1 -nn -l 'icmp[icmptype] == icmp-echo and dst host ${OUTSIDE}' 2>/dev/null; true\n`,
    );
    await new Promise((done) => setTimeout(done, 300));
    await sh(`ip netns exec ${workload} sh`, `ping -n -q -i 0.2 -W 1 -c 8 ${OUTSIDE}; true\n`);
    return /IP (\S+) >/.exec(await watch)?.[1];
  }
}

const commander = openCommander();

/** Pings 20 times a second for as long as it is not stopped: one flow to conntrack. */
function stream(workload: string, ip: string) {
  let count = 0;
  const follower = follow(workload, ip, () => count++);
  return { answers: () => count, stop: () => follower.stop() };
}

/** Waits until each of some streams has so many answers more. */
async function each(streams: readonly { answers(): number }[], more: number): Promise<void> {
  const before = streams.map((one) => one.answers());
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (streams.every((one, i) => one.answers() >= (before[i] ?? 0) + more)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`answers stay away: ${streams.map((one, i) => one.answers() - (before[i] ?? 0)).join(', ')}`);
}

function follow(workload: string, ip: string, onAnswer: () => void) {
  return commander.follow(['ip', 'netns', 'exec', workload, 'ping', '-n', '-i', '0.05', ip], (line) => {
    if (line.includes('bytes from')) onAnswer();
  });
}

async function lost(workload: string, ip: string, count: number): Promise<number> {
  const ping = `ping -n -q -i 0.05 -W 1 -c ${count} ${ip}; true\n`;
  const received = /(\d+) received/.exec(await sh(`ip netns exec ${workload} sh`, ping))?.[1];
  return count - Number(received ?? 0);
}

function left(driver: Driver, tables: HostTables, actual: Awaited<ReturnType<Driver['observe']>>): string[] {
  return driver.diff(driver.render(tables), actual).map(({ item, action }) => `${action} ${itemId(item)}`);
}

async function converge(driver: Driver, tables: HostTables): Promise<void> {
  const signal = new AbortController().signal;
  for (let pass = 0; pass < 3; pass++) {
    const steps = driver.diff(driver.render(tables), await driver.observe(signal));
    if (steps.length === 0) return;
    const outcomes = await driver.apply(steps, signal);
    assert.deepEqual(
      outcomes.filter(({ result }) => result !== 'done'),
      [],
    );
  }
  assert.deepEqual(left(driver, tables, await driver.observe(signal)), []);
}
