import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cloud, type Guest, openCloud } from '../support/cloud.ts';
import {
  ethernet,
  type Hex,
  ICMP,
  ipv4,
  marked,
  portUnreachable,
  SCTP,
  sctpChunk,
  sctpPacket,
  UDP,
  u16,
  u32,
  udpDatagram,
} from '../support/frames.ts';
import { openFlow, openFlows } from '../support/open-flows.ts';
import { assertFlowing, assertStopped, unharmed, type Watched } from '../support/verdicts.ts';

const FRAMES = 20;

test('revocation and return of flows that need more than a port to be told', { timeout: 120_000 }, async (t) => {
  const cloud = await openCloud(t);
  const tests: Record<string, (t: TestContext, cloud: Cloud) => Promise<void>> = {
    'fragments: datagrams of 4,000 bytes': fragments,
    'FTP style: the data connection has a rule of its own': ftpStyle,
    'related: errors of ICMP come back for allowed flows only': related,
    'SCTP: an association, also of another port': sctp,
    'a remote group: who leaves it is cut off, who stays is not': membership,
    'a workload that moves: what it may not get, it gets on no host': moving,
  };
  for (const [title, run] of Object.entries(tests))
    await t.test(title, async (t) => {
      try {
        await run(t, cloud);
      } finally {
        await cloud.clear();
      }
    });
});

async function fragments(_t: TestContext, cloud: Cloud): Promise<void> {
  const group = await cloud.group();
  const rule = { protocol: 'udp', port_range_min: 5000, port_range_max: 5000 };
  const both = [rule, { ...rule, ethertype: 'IPv6' }];
  let rules = await Promise.all(both.map((one) => cloud.allow(group, one)));
  const [near, far, server] = await threeGuests(cloud, group);
  const flowsTo = (port: number) =>
    Promise.all(
      ([near, far] as const).flatMap((from) =>
        (['udp v4', 'udp v6'] as const).map((kind) => openFlow(from, server, kind, { port, size: 4000 })),
      ),
    );
  const flows = await flowsTo(5000);
  const denied = await flowsTo(5900);
  await assertFlowing(flows, 400);
  for (const id of rules) await cloud.revoke(id);
  await assertStopped(flows, 400, await cloud.settled());
  rules = await Promise.all(both.map((one) => cloud.allow(group, one)));
  await cloud.settled();
  await assertFlowing(flows, 400);
  await assertStopped(denied, 0, 1);
}

/** As in active FTP the server opens the second connection, to a port of the client's. */
async function ftpStyle(_t: TestContext, cloud: Cloud): Promise<void> {
  const serverGroup = await cloud.group({ protocol: 'tcp', port_range_min: 21, port_range_max: 21 });
  const clientGroup = await cloud.group();
  const data = { protocol: 'tcp', port_range_min: 20_000, port_range_max: 20_100, remote_group_id: serverGroup };
  const id = await cloud.allow(clientGroup, data);
  const [client, server] = await Promise.all([
    cloud.guest({ host: 'h2', groups: [clientGroup] }),
    cloud.guest({ host: 'h1', groups: [serverGroup] }),
  ]);
  await cloud.settled();
  const control = await openFlow(client, server, 'tcp-push v4', { port: 21 });
  const upload = await openFlow(server, client, 'tcp-push v4', { port: 20_050 });
  const download = await openFlow(server, client, 'tcp-pull v4', { port: 20_051 });
  await assertFlowing([control, upload, download], 300);
  await unharmed([control], async () => {
    await cloud.revoke(id);
    await assertStopped([upload, download], 500, await cloud.settled());
  });
  await cloud.allow(clientGroup, data);
  await cloud.settled();
  await assertFlowing([control, upload, download], 300);
}

async function related(_t: TestContext, cloud: Cloud): Promise<void> {
  const group = await cloud.group();
  const id = await cloud.allow(group, { protocol: 'udp' });
  const [near, , server] = await threeGuests(cloud, group);
  await near.watch('eth0');
  await server.sh('echo 0 > /proc/sys/net/ipv4/icmp_ratelimit');
  // Nobody listens there, and the error brings the datagram back, mark and all.
  const probe = async (mark: number): Promise<number> => {
    const datagram = udpDatagram(near.v4, server.v4, [30_000 + mark, 33_000], marked(mark));
    const frames = [frame(near, server, ipv4(near.v4, server.v4, UDP, datagram))];
    await near.raw({ device: 'eth0', frames, count: FRAMES, intervalMs: 5 });
    await sleep(200);
    return (await near.marks()).get(mark) ?? 0;
  };
  const before = await probe(1);
  assert.ok(before > 0, 'no error came back for an allowed flow');
  await cloud.revoke(id);
  await cloud.settled();
  assert.equal(await probe(1), before, 'errors came back after the rule was gone');
  assert.equal(await probe(2), 0, 'errors came back for what was never allowed');
  // An error about a flow that never was opens nothing.
  const quoted = ipv4(near.v4, server.v4, UDP, udpDatagram(near.v4, server.v4, [1, 2], marked(3)));
  await server.raw({
    device: 'eth0',
    frames: [frame(server, near, ipv4(server.v4, near.v4, ICMP, portUnreachable(quoted)))],
    count: FRAMES,
    intervalMs: 2,
  });
  await sleep(200);
  assert.equal(await marksOf(near, 3), 0, 'errors about a flow that never was came through');
}

/** By raw packets from both ends: not every kernel has sockets for it, and connection tracking needs none. */
async function sctp(t: TestContext, cloud: Cloud): Promise<void> {
  const group = await cloud.group();
  const rule = { protocol: 'sctp', port_range_min: 9999, port_range_max: 9999 };
  const id = await cloud.allow(group, rule);
  const [, far, server] = await threeGuests(cloud, group);
  const tracked = await cloud.inDataPlane('h1', 'ls /proc/sys/net/netfilter/ | grep -c sctp || :');
  if (Number(tracked) === 0) {
    t.skip('this kernel tracks no SCTP');
    return;
  }
  for (const guest of [far, server]) await guest.watch('eth0');
  const [here, there] = [0x11111111, 0x22222222];
  const send = async (from: Guest, to: Guest, packet: (mark: number) => Hex, mark: number): Promise<number> => {
    const before = await marksOf(to, mark);
    const frames = [frame(from, to, ipv4(from.v4, to.v4, SCTP, packet(mark)))];
    await from.raw({ device: 'eth0', frames, count: FRAMES, intervalMs: 2 });
    await sleep(150);
    return (await marksOf(to, mark)) - before;
  };
  const ports = [40_000, 9999] as const;
  const back = [9999, 40_000] as const;
  const opening = (type: 1 | 2, tag: number) => (mark: number) =>
    sctpPacket(type === 1 ? ports : back, type === 1 ? 0 : here, initChunk(type, tag, mark));
  const upload = (mark: number) => sctpPacket(ports, there, dataChunk(mark));
  const download = (mark: number) => sctpPacket(back, here, dataChunk(mark));

  assert.equal(await send(far, server, opening(1, here), 1), FRAMES, 'INIT');
  assert.equal(await send(server, far, opening(2, there), 2), FRAMES, 'INIT ACK');
  assert.equal(
    await send(far, server, (m) => sctpPacket(ports, there, sctpChunk(10, 0, marked(m))), 3),
    FRAMES,
    'COOKIE ECHO',
  );
  assert.equal(
    await send(server, far, (m) => sctpPacket(back, here, sctpChunk(11, 0, '') + dataChunk(m)), 4),
    FRAMES,
    'COOKIE ACK',
  );
  assert.equal(await send(far, server, upload, 5), FRAMES, 'DATA');
  assert.equal(await send(server, far, download, 6), FRAMES, 'DATA from the server');
  assert.equal(
    await send(far, server, (m) => sctpPacket([40_000, 9998], 0, initChunk(1, here, m)), 7),
    0,
    'another port',
  );
  await cloud.revoke(id);
  await cloud.settled();
  assert.equal(await send(far, server, upload, 5), 0, 'DATA after the rule was gone');
  assert.equal(await send(server, far, download, 6), 0, 'DATA from the server after the rule was gone');
  await cloud.allow(group, rule);
  await cloud.settled();
  assert.equal(await send(far, server, upload, 5), FRAMES, 'DATA when allowed again');
  assert.equal(await send(server, far, download, 6), FRAMES, 'DATA from the server when allowed again');
}

/** RFC 9260, 3.3.2: tag, window, streams out and in, first TSN, and a parameter that may be unknown. */
function initChunk(type: 1 | 2, tag: number, mark: number): Hex {
  const cookie = type === 2 ? '0007000800000001' : '';
  return sctpChunk(type, 0, `${u32(tag)}0000ffff00010001${u32(1)}${cookie}c0fe${u16(12)}${marked(mark)}`);
}

/** RFC 9260, 3.3.1: TSN, stream, sequence number, protocol, data. */
function dataChunk(mark: number): Hex {
  return sctpChunk(0, 3, `${u32(1)}00000000${u32(0)}${marked(mark)}`);
}

function frame(from: Guest, to: Guest, packet: Hex): Hex {
  return ethernet(to.port.mac_address, from.port.mac_address, 0x0800, [packet]);
}

async function marksOf(guest: Guest, mark: number): Promise<number> {
  return (await guest.marks()).get(mark) ?? 0;
}

async function membership(_t: TestContext, cloud: Cloud): Promise<void> {
  const members = await cloud.group();
  const none = await cloud.group();
  const group = await cloud.group({ remote_group_id: members }, { ethertype: 'IPv6', remote_group_id: members });
  const [leaver, stayer, server] = await Promise.all([
    cloud.guest({ host: 'h2', groups: [members] }),
    cloud.guest({ host: 'h2', groups: [members] }),
    cloud.guest({ host: 'h1', groups: [group] }),
  ]);
  await cloud.settled();
  const leaving = await openFlows(leaver, server);
  const staying = await openFlows(stayer, server, ['udp v4', 'udp v6', 'tcp-pull v4']);
  await assertFlowing([...leaving, ...staying], 300);
  await unharmed(staying, async () => {
    await cloud.updatePort(leaver, { security_groups: [none] });
    await assertStopped(leaving, 400, await cloud.settled());
  });
  await cloud.updatePort(leaver, { security_groups: [members] });
  await cloud.settled();
  await assertFlowing([...leaving, ...staying], 300);
  // A port that is deleted is a member less too.
  await unharmed(staying, async () => {
    await cloud.send('DELETE', `/v2.0/ports/${leaver.port.id}`);
    await assertStopped(leaving, 300, await cloud.settled());
  });
}

/** A flow that is denied where the workload is is let out all the same where its sender is, and must not be known there when the workload comes. */
async function moving(_t: TestContext, cloud: Cloud): Promise<void> {
  const group = await cloud.group({ protocol: 'udp', port_range_min: 5000, port_range_max: 5000 });
  const none = await cloud.group();
  const [near, far] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [none] }),
    cloud.guest({ host: 'h2', groups: [none] }),
  ]);
  let mover = await cloud.guest({ host: 'h2', groups: [group] });
  await cloud.settled();
  const senders = [near, far];
  const allowed = await Promise.all(senders.map((from) => openFlow(from, mover, 'udp v4')));
  const denied = await Promise.all(
    senders.map((from) => openFlow(from, mover, 'udp v4', { port: 5900, intervalMs: 2 })),
  );
  await assertFlowing(allowed, 200);
  await assertStopped(denied, 0, 1);
  for (const host of ['h1', 'h2', 'h1']) {
    const old = mover;
    mover = await cloud.plug(old.port, host);
    for (const port of [5000, 5900]) await mover.serve('udp', port);
    await cloud.updatePort(mover, { 'binding:host_id': host });
    await cloud.settled();
    await cloud.unplug(old);
    const here = (flows: readonly Watched[]) => flows.map((flow) => ({ ...flow, server: mover }));
    await assertFlowing(here(allowed), 200);
    await assertStopped(here(denied), 100, 1);
  }
}

/** A client on the server's host, one on another, and the server with the group. */
async function threeGuests(cloud: Cloud, group: string): Promise<readonly [Guest, Guest, Guest]> {
  const none = await cloud.group();
  const guests = await Promise.all([
    cloud.guest({ host: 'h1', groups: [none] }),
    cloud.guest({ host: 'h2', groups: [none] }),
    cloud.guest({ host: 'h1', groups: [group] }),
  ]);
  await cloud.settled();
  return guests;
}
