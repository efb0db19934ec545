import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ipv6Mode } from '@netloom/core/model/subnet';
import type { HostTables } from '@netloom/core/tables/host-tables';
import { asDhcpItem, type DhcpItem } from '../../src/dhcp/dhcp-item.ts';
import { renderDhcp } from '../../src/dhcp/render-dhcp.ts';
import { networkTables, port, remote, SERVER_MAC, subnet4, subnet6 } from './network-tables.ts';

function one(tables: HostTables): DhcpItem {
  const items = renderDhcp(tables);
  assert.equal(items.length, 1);
  return asDhcpItem(items[0] ?? assert.fail());
}

function lines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

test('a network with IPv4 and IPv6 subnets renders to these files', () => {
  const item = one(
    networkTables({
      subnets: [
        subnet4({
          dnsServers: ['9.9.9.9', '2620:fe::fe'],
          routes: [{ destination: '10.9.0.0/16', nexthop: '10.0.0.9' }],
        }),
        subnet6({ raMode: 'dhcpv6-stateful', addressMode: 'dhcpv6-stateful' }),
      ],
      ports: [
        port('web-2', ['v4 10.0.0.12', 'v6 fd00:0:0:1::12']),
        port('web-1', ['v4 10.0.0.11'], { dhcpOptions: [{ name: 'bootfile-name', value: 'a.efi', family: 4 }] }),
      ],
      remotes: [remote('db-1', ['10.0.0.21', 'fd00:0:0:1::21'])],
    }),
  );
  assert.deepEqual(item.spec.port, {
    bridge: 'br5001',
    mtu: 1450,
    up: true,
    learning: false,
    addrGenMode: 'none',
    macs: [SERVER_MAC],
  });
  assert.deepEqual(item.spec.server, {
    mac: SERVER_MAC,
    mtu: 1450,
    up: true,
    addresses: ['10.0.0.2/24', 'fd00:0:0:1::2/64', 'fe80::f816:3eff:fe00:2/64'],
  });
  assert.equal(item.key, '5001');
  assert.deepEqual(item.owners, ['dhcpServers/n1', 'ports/web-1', 'ports/web-2', 'subnets/v4', 'subnets/v6']);
  assert.deepEqual(lines(item.files.config), [
    'no-resolv',
    'no-hosts',
    'no-ping',
    'bind-dynamic',
    'interface=dh0',
    'except-interface=lo',
    'quiet-dhcp',
    'quiet-dhcp6',
    'quiet-ra',
    'domain=shop.example',
    'local=/shop.example/',
    'dhcp-authoritative',
    'dhcp-ignore=tag:!known',
    'dhcp-ignore-clid',
    'dhcp-ignore-names',
    'dhcp-lease-max=1000000',
    'dhcp-duid=32473,fa:16:3e:00:00:02',
    'enable-ra',
    'ra-param=dh0,mtu:1450,600,0',
    'dhcp-range=set:subnet-v4,10.0.0.0,static,255.255.255.0,86400s',
    'dhcp-range=set:subnet-v6,fd00:0:0:1::,static,64,86400s',
    'dhcp-mac=set:port-web-1,fa:16:3f:00:00:01',
  ]);
  assert.deepEqual(lines(item.files.hosts), [
    'fa:16:3f:00:00:01,10.0.0.11,web-1',
    'fa:16:3f:00:00:02,10.0.0.12,[fd00:0:0:1::12],web-2',
  ]);
  assert.deepEqual(lines(item.files.options), [
    'option:mtu,1450',
    'option6:domain-search,shop.example',
    'tag:subnet-v4,option:dns-server,9.9.9.9',
    'tag:subnet-v4,option:router,10.0.0.1',
    'tag:subnet-v4,option:classless-static-route,10.9.0.0/16,10.0.0.9,0.0.0.0/0,10.0.0.1',
    'tag:subnet-v4,249,10.9.0.0/16,10.0.0.9,0.0.0.0/0,10.0.0.1',
    'tag:subnet-v6,option6:dns-server,[fd00:0:0:1::2]',
    'tag:port-web-1,option:bootfile-name,a.efi',
  ]);
  assert.deepEqual(lines(item.files.names), [
    '10.0.0.11 web-1.shop.example',
    '10.0.0.12 web-2.shop.example',
    '10.0.0.21 db-1.shop.example',
    'fd00:0:0:1::12 web-2.shop.example',
    'fd00:0:0:1::21 db-1.shop.example',
  ]);
});

test('IPv6 modes give the range modes of Networking v2.0', () => {
  const cases: readonly [Ipv6Mode, Ipv6Mode, { range: string | undefined; ra: boolean; addresses: boolean }][] = [
    [null, null, { range: 'static', ra: false, addresses: true }],
    [null, 'slaac', { range: undefined, ra: false, addresses: false }],
    [null, 'dhcpv6-stateless', { range: 'static', ra: false, addresses: false }],
    [null, 'dhcpv6-stateful', { range: 'static', ra: false, addresses: true }],
    ['slaac', null, { range: 'ra-only', ra: false, addresses: false }],
    ['slaac', 'slaac', { range: 'ra-only', ra: false, addresses: false }],
    ['dhcpv6-stateless', 'dhcpv6-stateless', { range: 'ra-stateless', ra: false, addresses: false }],
    ['dhcpv6-stateful', null, { range: 'static', ra: true, addresses: false }],
    ['dhcpv6-stateful', 'dhcpv6-stateful', { range: 'static', ra: true, addresses: true }],
  ];
  for (const [raMode, addressMode, expected] of cases) {
    const { files } = one(
      networkTables({ subnets: [subnet6({ raMode, addressMode })], ports: [port('web-1', ['v6 fd00:0:0:1::11'])] }),
    );
    const range = lines(files.config).find((line) => line.startsWith('dhcp-range='));
    assert.deepEqual(
      {
        range: range?.split(',')[2],
        ra: lines(files.config).includes('enable-ra'),
        addresses: files.hosts.includes('fd00'),
      },
      expected,
      `raMode ${raMode}, addressMode ${addressMode}`,
    );
    assert.match(files.hosts, /^fa:16:3f:00:00:01,/, 'the port is known whatever the mode');
  }
});

test('a wide IPv6 subnet is offered as the /64 that dnsmasq can serve', () => {
  const { files } = one(networkTables({ subnets: [subnet6({ cidr: 'fd00::/48' })] }));
  assert.match(files.config, /^dhcp-range=set:subnet-v6,fd00::,static,64,86400s$/m);
});

test('routes: none without a gateway, other subnets on the link, a default route among the host routes as gateway', () => {
  const options = (...subnets: Parameters<typeof subnet4>[0][]): string[] =>
    lines(one(networkTables({ subnets: subnets.map((more) => subnet4(more)) })).files.options).slice(2);
  assert.deepEqual(options({ gateway: null }), [
    'tag:subnet-v4,option:dns-server,10.0.0.2',
    'tag:subnet-v4,option:router',
  ]);
  assert.deepEqual(options({ gateway: null, routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.0.7' }] }).slice(1), [
    'tag:subnet-v4,option:router,10.0.0.7',
  ]);
  assert.deepEqual(options({}, { id: 'w4', cidr: '10.0.1.0/24', gateway: null }), [
    'tag:subnet-v4,option:dns-server,10.0.0.2',
    'tag:subnet-v4,option:router,10.0.0.1',
    'tag:subnet-v4,option:classless-static-route,10.0.1.0/24,0.0.0.0,0.0.0.0/0,10.0.0.1',
    'tag:subnet-v4,249,10.0.1.0/24,0.0.0.0,0.0.0.0/0,10.0.0.1',
    'tag:subnet-w4,option:dns-server,10.0.1.2',
    'tag:subnet-w4,option:router',
    'tag:subnet-w4,option:classless-static-route,10.0.0.0/24,0.0.0.0',
    'tag:subnet-w4,249,10.0.0.0/24,0.0.0.0',
  ]);
});

test('nameserver 0.0.0.0 announces none', () => {
  const { files } = one(networkTables({ subnets: [subnet4({ dnsServers: ['0.0.0.0'] })] }));
  assert.match(files.options, /^tag:subnet-v4,option:dns-server$/m);
});

test('options of ports: numbers, bare IPv6 addresses; what breaks out of a line is left out', () => {
  const { files } = one(
    networkTables({
      subnets: [subnet4(), subnet6()],
      ports: [
        port('web-1', ['v4 10.0.0.11', 'v6 fd00:0:0:1::11'], {
          dhcpOptions: [
            { name: '150', value: '10.0.0.3', family: 4 },
            { name: 'ntp-server', value: 'fd00::7,fd00::8', family: 6 },
            { name: 'tftp-server', value: 'x\ntag:port-web-2,option:router,6.6.6.6', family: 4 },
            { name: 'router,6.6.6.6\n', value: 'x', family: 4 },
            { name: 'bootfile-name', value: 'x'.repeat(1100), family: 4 },
          ],
        }),
      ],
    }),
  );
  assert.deepEqual(
    lines(files.options).filter((line) => line.startsWith('tag:port-')),
    ['tag:port-web-1,150,10.0.0.3', 'tag:port-web-1,option6:ntp-server,[fd00::7],[fd00::8]'],
  );
});

test('a bad domain or host name is left out, the address is served', () => {
  const { files } = one(
    networkTables({
      server: { domain: 'a b\nserver=6.6.6.6' },
      ports: [port('web-1', ['v4 10.0.0.11'], { hostname: 'x,y\n' })],
    }),
  );
  assert.doesNotMatch(files.config, /domain|server=6/);
  assert.equal(files.hosts, 'fa:16:3f:00:00:01,10.0.0.11\n');
  assert.equal(files.names, '');
  const nameless = one(networkTables({ server: { domain: '' }, ports: [port('web-1', ['v4 10.0.0.11'])] })).files;
  assert.deepEqual([nameless.hosts, nameless.names], ['fa:16:3f:00:00:01,10.0.0.11\n', '10.0.0.11 web-1\n']);
});

test('a port of another subnet stays unknown; a subnet without an address of the server is not served', () => {
  const tables = networkTables({
    subnets: [subnet4(), subnet4({ id: 'w4', cidr: '10.0.1.0/24' })],
    server: { addresses: [{ subnet: 'v4', ip: '10.0.0.2' }] },
    ports: [port('web-1', ['w4 10.0.1.11']), port('web-2', ['v4 10.0.0.12'])],
  });
  const item = one(tables);
  assert.equal(item.files.hosts, 'fa:16:3f:00:00:02,10.0.0.12,web-2\n');
  assert.deepEqual(item.owners, ['dhcpServers/n1', 'ports/web-2', 'subnets/v4']);
  assert.doesNotMatch(item.files.config, /10\.0\.1\.0/);
});

test('no server or no segment, no item', () => {
  assert.deepEqual(renderDhcp({ ...networkTables(), dhcpServers: new Map() }), []);
  assert.deepEqual(renderDhcp({ ...networkTables(), segments: new Map() }), []);
});

test('the order in which rows came does not matter', () => {
  const tables = networkTables({
    subnets: [subnet4(), subnet6(), subnet4({ id: 'w4', cidr: '10.0.1.0/24' })],
    ports: [port('web-1', ['v4 10.0.0.11']), port('web-2', ['v4 10.0.0.12']), port('web-3', ['w4 10.0.1.13'])],
    remotes: [remote('db-1', ['10.0.0.21']), remote('db-2', ['10.0.0.22'])],
  });
  const backwards = <Row>(rows: ReadonlyMap<string, Row>): ReadonlyMap<string, Row> => new Map([...rows].reverse());
  const reversed: HostTables = {
    ...tables,
    subnets: backwards(tables.subnets),
    ports: backwards(tables.ports),
    remotes: backwards(tables.remotes),
  };
  assert.deepEqual(renderDhcp(reversed), renderDhcp(tables));
});

test('10,000 remotes: the item to compare stays small, and the texts hold every name', () => {
  const remotes = Array.from({ length: 10_000 }, (_, i) => remote(`db-${i}`, [`10.1.${i >> 8}.${i & 255}`]));
  const item = one(networkTables({ remotes }));
  assert.ok(JSON.stringify(item.spec).length < 1_000);
  assert.equal(lines(item.files.names).length, 10_000);
});
