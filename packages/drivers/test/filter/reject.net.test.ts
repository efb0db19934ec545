import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalAddress } from '@netloom/core/net/address';
import type { FirewallRow, HostTables, PortRow } from '@netloom/core/tables/host-tables';
import {
  filterRow,
  filterRule,
  firewallRule,
  ipsOf,
  macOf,
  portGuard,
  portRow,
  remoteRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import type { Driver } from '../../src/driver.ts';
import { emulateHost, sh, tries } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';
import { catchFrames, connects, converge, openFlow, serve, stepsTo } from './filter-lab.ts';

/** Says how a connection ended: a refusal is an answer, silence is none. */
const TRY = `
import errno, socket, sys
kind, ip = sys.argv[1:]
peer = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, getattr(socket, kind))
peer.settimeout(3)
try:
    peer.connect((ip, 7))
    peer.send(b"x")
    print("answered" if peer.recv(1) else "closed")
except OSError as error:
    print(errno.errorcode.get(error.errno, "silence"))
`;

const FAMILIES = [4, 6] as const;
const [CLIENT, SERVER, FAR, BYSTANDER] = [1, 2, 3, 4];

if (await inNamespaces(import.meta.filename)) {
  const { signal } = new AbortController();
  const [h1, h2] = [await emulateHost(), await emulateHost()];
  const plug = (host: typeof h1, n: number): Promise<string> => host.plug(`tap${n}`, { mac: macOf(n), ips: ipsOf(n) });
  const [near, server] = [await plug(h1, CLIENT), await plug(h1, SERVER)];
  const [far, bystander] = [await plug(h2, FAR), await plug(h2, BYSTANDER)];
  const [here, there] = [await h1.open(signal), await h2.open(signal)];

  const all = (id: string, action: 'allow' | 'deny' | 'reject', protocol: number | null = null) =>
    FAMILIES.map((family) => firewallRule(`${id}${family}`, action, { family, protocol }));
  const wall = (change: Partial<FirewallRow>): FirewallRow => ({
    id: 'wall',
    ingress: all('in', 'allow'),
    egress: all('out', 'allow'),
    ...change,
  });
  const everything = (['ingress', 'egress'] as const).flatMap((direction) =>
    FAMILIES.map((family) => filterRule(`${direction}${family}`, direction, { family })),
  );
  const guard = portGuard(['open']);
  const view = (
    ports: readonly PortRow[],
    remotes: readonly number[],
    vtep: string,
    firewall: FirewallRow,
  ): HostTables =>
    tablesOf({
      segments: [segmentRow('a', 5001)],
      ports,
      remotes: remotes.map((n) => remoteRow('a', n, vtep)),
      filters: [filterRow('open', everything)],
      firewalls: [firewall],
    });
  const viewHere = (firewall: FirewallRow): HostTables =>
    view(
      [portRow('a', CLIENT, { guard }), portRow('a', SERVER, { guard: { ...guard, firewall: 'wall' } })],
      [FAR, BYSTANDER],
      h2.vtep,
      firewall,
    );
  const viewThere = (firewall: FirewallRow, walled = guard): HostTables =>
    view(
      [portRow('a', FAR, { guard: walled }), portRow('a', BYSTANDER, { guard })],
      [CLIENT, SERVER],
      h1.vtep,
      firewall,
    );
  const put = async (driver: Driver, tables: HostTables): Promise<void> => converge(driver, tables);
  const outcome = async (from: string, kind: 'SOCK_STREAM' | 'SOCK_DGRAM', ip: string): Promise<string> =>
    (await sh(`ip netns exec ${from} python3 - ${kind} ${ip}`, TRY)).trim();
  const outcomes = (kind: 'SOCK_STREAM' | 'SOCK_DGRAM', clients = [near, far], n = SERVER): Promise<string[]> =>
    Promise.all(clients.flatMap((client) => ipsOf(n).map((ip) => outcome(client, kind, ip))));
  const each = (what: string): string[] => [what, what, what, what];

  test('TCP is refused in the name of the receiver on this host and another; all else gets no answer; nothing passes', async () => {
    assert.equal(here.facts.abilities['tcp_reset'], true);
    using _echo = await serve(server);
    await put(there, viewThere(wall({})));
    await put(here, viewHere(wall({})));
    assert.deepEqual(await outcomes('SOCK_STREAM'), each('answered'));
    await put(here, viewHere(wall({ ingress: all('no', 'deny') })));
    assert.deepEqual(await outcomes('SOCK_STREAM'), each('silence'));
    await put(here, viewHere(wall({ ingress: all('no', 'reject') })));
    const passed = await catchFrames(server, async () => {
      assert.deepEqual(await outcomes('SOCK_STREAM'), each('ECONNREFUSED'));
      assert.deepEqual(await outcomes('SOCK_DGRAM'), each('silence'));
    });
    assert.deepEqual(
      passed.filter((frame) => isIp(frame) && !isNeighbourDiscovery(frame)),
      [],
    );
    await put(here, viewHere(wall({ ingress: all('no', 'reject', 6) })));
    assert.deepEqual(await outcomes('SOCK_STREAM'), each('ECONNREFUSED'));
  });

  test('the answer has the addresses of the receiver, and nobody but the sender gets it', async () => {
    await put(here, viewHere(wall({ ingress: all('no', 'reject') })));
    for (const [client, number] of [
      [near, CLIENT],
      [far, FAR],
    ] as const) {
      let got: string[] = [];
      const overheard = await catchFrames(bystander, async () => {
        got = await catchFrames(client, () => outcomes('SOCK_STREAM', [client]));
      });
      assert.deepEqual(
        new Set(got.filter(isTcp).map(endsOf)),
        new Set(ipsOf(SERVER).map((ip, i) => [macOf(number), macOf(SERVER), ip, ipsOf(number)[i]].join(' '))),
      );
      assert.deepEqual(overheard.filter(isTcp), []);
    }
  });

  test('what goes out is refused on the host of its sender', async () => {
    using _echo = await serve(server);
    await put(here, viewHere(wall({})));
    await put(there, viewThere(wall({ egress: all('no', 'reject') }), { ...guard, firewall: 'wall' }));
    const frames = await catchFrames(server, async () => {
      assert.deepEqual(await outcomes('SOCK_STREAM', [far]), ['ECONNREFUSED', 'ECONNREFUSED']);
    });
    assert.deepEqual(frames.filter(isTcp), []);
    await put(there, viewThere(wall({})));
  });

  test('an open flow that is rejected from now on is ended at both ends, and one that is allowed goes on', async () => {
    using _echo = await serve(server);
    await put(here, viewHere(wall({})));
    const [ip = ''] = ipsOf(SERVER);
    using cut = openFlow(far, 'push', ip);
    using kept = openFlow(near, 'tcp', ip);
    await cut.goesOn();
    await kept.goesOn();
    const source = `${ipsOf(FAR)[0]}/32`;
    const rejected = firewallRule('far', 'reject', { source });
    await put(here, viewHere(wall({ ingress: [rejected, ...all('in', 'allow')] })));
    assert.equal(await cut.stillComes(), 0);
    await kept.goesOn();
    const sockets = await sh(`ip netns exec ${server} ss -Htn state established dst ${ipsOf(FAR)[0]}`);
    assert.equal(sockets, '');
    await put(here, viewHere(wall({})));
    assert.equal(await connects(far, ip), true);
  });

  test('without the way back a rejected packet is dropped, and an audit puts it back', async () => {
    const tables = viewHere(wall({ ingress: all('no', 'reject') }));
    await put(here, tables);
    await sh(`ip -n ${h1.dataPlane} route del default`);
    const [refused6, refused4] = ['ECONNREFUSED', 'silence'];
    assert.deepEqual(await outcomes('SOCK_STREAM', [near]), [refused4, refused6]);
    assert.deepEqual(
      (await stepsTo(here, tables)).map(({ item }) => item.kind),
      ['resets'],
    );
    await put(here, tables);
    assert.deepEqual(await outcomes('SOCK_STREAM', [near]), ['ECONNREFUSED', 'ECONNREFUSED']);
    await sh(`ip -n ${h1.dataPlane} link del nlreset`);
    await put(here, tables);
    await put(here, viewHere(wall({})));
    assert.equal(await tries(`ip -n ${h1.dataPlane} link show dev nlreset`), false);
    await h1.close();
    await h2.close();
  });
}

function isIp(frame: string): boolean {
  return ['0800', '86dd'].includes(frame.slice(24, 28));
}

function isTcp(frame: string): boolean {
  return isIp(frame) && (frame.slice(24, 28) === '0800' ? frame.slice(46, 48) : frame.slice(40, 42)) === '06';
}

function isNeighbourDiscovery(frame: string): boolean {
  return frame.slice(24, 28) === '86dd' && frame.slice(40, 42) === '3a' && /^8[78]/.test(frame.slice(108, 110));
}

/** MAC addresses to and from, IP addresses from and to. */
function endsOf(frame: string): string {
  const mac = (at: number): string => (frame.slice(at, at + 12).match(/../g) ?? []).join(':');
  const isV4 = frame.slice(24, 28) === '0800';
  const ip = (at: number): string | undefined => {
    if (isV4) return (frame.slice(at, at + 8).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
    return canonicalAddress((frame.slice(at, at + 32).match(/.{4}/g) ?? []).join(':'));
  };
  return [mac(0), mac(12), ip(isV4 ? 52 : 44), ip(isV4 ? 60 : 76)].join(' ');
}
