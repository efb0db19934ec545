import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatAddress } from '@netloom/core/net/address';
import { eui64Address } from '@netloom/core/net/mac';
import { parsePrefix } from '@netloom/core/net/prefix';
import type { HostTables, PortRow, SubnetRow } from '@netloom/core/tables/host-tables';
import type { HostService } from '../../src/services/host-service.ts';
import { advertisement, ask4, ask6, converge, lookUp, openLab, plug, serverPid, sh } from './dhcp-lab.ts';
import { inside, testInside } from './inside-namespaces.ts';
import { macOf, networkTables, port, subnet4, subnet6 } from './network-tables.ts';

/** Long enough for an answer that must not come: a wanted one takes less than a second. */
const QUIET_MS = 2_000;

function tables(subnet: Partial<SubnetRow>, ...ports: readonly PortRow[]): HostTables {
  return networkTables({ subnets: [subnet4(), subnet6(subnet)], ports });
}

if (!inside) testInside(fileURLToPath(import.meta.url), { unprivileged: false });
else {
  let service: HostService;
  before(async () => {
    service = await openLab();
    await Promise.all(['web-1', 'web-2'].map((name) => plug(name, macOf(name))));
  });

  const both = port('web-1', ['v4 10.0.0.11', 'v6 fd00:0:0:1::11']);
  const stateful = { raMode: 'dhcpv6-stateful', addressMode: 'dhcpv6-stateful' } as const;

  test('stateful: the address and options by DHCPv6, an advertisement that sends clients there, no default route', async () => {
    await converge(service, tables(stateful, both));
    const seen = await advertisement('web-1');
    assert.match(seen, /Flags \[managed, other stateful\]/);
    assert.match(seen, /router lifetime 0s/);
    assert.match(seen, /mtu option \(5\), length 8 \(1\): {2}1450/);
    assert.match(seen, /prefix info option \(3\).*fd00:0:0:1::\/64, Flags \[onlink\]/);
    const answer = await ask6('web-1', 'stateful');
    assert.equal(answer?.['new_ip6_address'], 'fd00:0:0:1::11');
    assert.equal(answer['new_dhcp6_name_servers'], 'fd00:0:0:1::2');
    assert.equal(answer['new_dhcp6_domain_search'], 'shop.example.');
    assert.equal((await ask4('web-1'))?.['ip'], '10.0.0.11');
    assert.equal(await ask6('web-2', 'stateful', QUIET_MS), undefined, 'an unknown MAC gets nothing');
    assert.equal(await sh('ip -n web-1 -6 route show default'), '');
    assert.match(await lookUp('web-1', 'web-1.shop.example', 'fd00:0:0:1::2'), /Address: fd00:0:0:1::11\n/);
  });

  test('an IPv6 option of one port, and a lease that survives the restart it takes', async () => {
    const pid = serverPid();
    const dhcpOptions = [{ name: 'dns-server', value: '2620:fe::fe', family: 6 as const }];
    await converge(service, tables(stateful, { ...both, dhcpOptions }));
    assert.notEqual(serverPid(), pid);
    assert.match(readFileSync('/run/netloom/dhcp/5001/leases', 'utf8'), / fd00:0:0:1::11 web-1 /);
    const answer = await ask6('web-1', 'stateful');
    assert.equal(answer?.['new_ip6_address'], 'fd00:0:0:1::11');
    assert.equal(answer['new_dhcp6_name_servers'], '2620:fe::fe');
  });

  test('an IPv6 address that changes hands goes to the new port', async () => {
    const next = port('web-2', ['v6 fd00:0:0:1::11']);
    await converge(service, tables(stateful, next));
    assert.equal((await ask6('web-2', 'stateful'))?.['new_ip6_address'], 'fd00:0:0:1::11');
  });

  test('without raMode DHCPv6 answers and nothing is advertised', async () => {
    await converge(service, tables({ raMode: null, addressMode: 'dhcpv6-stateful' }, both));
    assert.equal((await ask6('web-1', 'stateful'))?.['new_ip6_address'], 'fd00:0:0:1::11');
    assert.equal(await advertisement('web-1'), '');
  });

  for (const mode of ['slaac', 'dhcpv6-stateless'] as const) {
    test(`${mode}: the kernel forms the address, on link, with the MTU and no default route`, async () => {
      const prefix = parsePrefix('fd00:0:0:1::/64') ?? assert.fail();
      const own = formatAddress(eui64Address(prefix, both.mac));
      await converge(service, tables({ raMode: mode, addressMode: mode }, port('web-1', [`v6 ${own}`])));
      const seen = await advertisement('web-1');
      assert.match(seen, mode === 'slaac' ? /Flags \[none\]/ : /Flags \[other stateful\]/);
      assert.match(seen, /prefix info option \(3\).*fd00:0:0:1::\/64, Flags \[onlink, auto\]/);
      assert.match(seen, /rdnss option \(25\).*fd00:0:0:1::2/);
      assert.match(await sh('ip -n web-1 -6 addr show dev eth0'), new RegExp(`${own}/64 scope global dynamic`));
      assert.equal(await sh('ip -n web-1 -6 route show default'), '');
      assert.equal(
        (await sh("nsenter --net=/run/netns/web-1 sh -c 'cat /proc/sys/net/ipv6/conf/eth0/mtu'")).trim(),
        '1450',
      );
      if (mode === 'slaac') assert.equal(await ask6('web-1', 'stateless', QUIET_MS), undefined);
      else {
        assert.equal((await ask6('web-1', 'stateless'))?.['new_dhcp6_name_servers'], 'fd00:0:0:1::2');
        assert.equal(await ask6('web-1', 'stateful', QUIET_MS), undefined);
        assert.equal(await ask6('web-2', 'stateless', QUIET_MS), undefined, 'an unknown MAC gets nothing');
      }
      await sh('ip -n web-1 -6 addr flush dev eth0 scope global');
    });
  }
}
