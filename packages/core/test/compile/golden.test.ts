import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import { type HostTables, TABLE_NAMES } from '@netloom/core/tables/host-tables';
import { EMPTY_MODEL, firewallRule, group, host, log, network, port, rule, subnet } from './objects.ts';

const GOLDEN = new URL('golden/two-tier.txt', import.meta.url);

/**
 * Two networks on three hosts, "db" open to "web" and an office: "web" on h1 and h2, "db" (dual stack, head-end replication) on h2 and h3.
 * A firewall stands before two ports of "db" and one that it cannot be held to; another is administratively down.
 */
const TWO_TIER: Model = {
  ...EMPTY_MODEL,
  hosts: [host('h1', '192.0.2.1'), host('h2', '192.0.2.2'), host('h3', '192.0.2.3')],
  networks: [
    network('web', { vni: 5001, dnsDomain: 'web.example' }),
    network('db', { vni: 5002, mtu: 8950, flood: 'head-end' }),
  ],
  subnets: [
    subnet('web4', 'web', { cidr: '10.10.1.0/24', gatewayIp: '10.10.1.1', dnsNameservers: ['192.0.2.53'] }),
    subnet('db4', 'db', { cidr: '10.10.2.0/24', gatewayIp: null, enableDhcp: false }),
    subnet('db6', 'db', { cidr: 'fd00:2::/64', gatewayIp: 'fd00:2::1', ipv6RaMode: 'slaac', ipv6AddressMode: 'slaac' }),
  ],
  ports: [
    port('web-1', 'web', { host: 'h1', ip: '10.10.1.11', subnetId: 'web4', dnsName: 'web-1', securityGroups: ['web'] }),
    port('web-2', 'web', {
      host: 'h2',
      ip: '10.10.1.12',
      subnetId: 'web4',
      mac: 'fa:16:3e:00:00:02',
      portSecurity: false,
    }),
    port('web-dhcp', 'web', {
      deviceOwner: 'network:dhcp',
      portSecurity: false,
      mac: 'fa:16:3f:00:00:02',
      ip: '10.10.1.2',
      subnetId: 'web4',
    }),
    port('db-1', 'db', {
      host: 'h2',
      mac: 'fa:16:3e:00:00:11',
      fixedIps: [
        { subnetId: 'db6', ip: 'fd00:2::5' },
        { subnetId: 'db4', ip: '10.10.2.5' },
      ],
      dhcpOptions: [{ name: 'mtu', value: '8900', family: 6 }],
      securityGroups: ['web', 'db'],
      allowedPairs: [
        { mac: 'fa:16:3e:00:00:99', prefix: '10.10.2.0/28' },
        { mac: 'fa:16:3e:00:00:11', prefix: '0.0.0.0/0' },
      ],
    }),
    port('db-2', 'db', { host: 'h3', mac: 'fa:16:3e:00:00:12' }),
    port('db-down', 'db', {
      host: 'h3',
      mac: 'fa:16:3e:00:00:13',
      ip: '10.10.2.7',
      subnetId: 'db4',
      adminStateUp: false,
    }),
    port('db-unbound', 'db', { mac: 'fa:16:3e:00:00:14', ip: '10.10.2.9', subnetId: 'db4', securityGroups: ['web'] }),
  ],
  securityGroups: [group('web'), group('db', { stateful: false })],
  securityGroupRules: [
    rule('web-http', 'web', { protocol: 6, min: 80, max: 80 }),
    rule('db-sql', 'db', { protocol: 6, min: 5432, max: 5433, remote: { kind: 'group', group: 'web' } }),
    rule('db-office', 'db', { remote: { kind: 'addressGroup', group: 'office' } }),
    rule('db-out', 'db', { direction: 'egress', family: 6, remote: { kind: 'prefix', prefix: 'fd00::/16' } }),
  ],
  addressGroupEntries: [{ id: 'office/198.51.100.0/24', groupId: 'office', prefix: '198.51.100.0/24' }],
  firewallGroups: [
    { id: 'db-wall', adminStateUp: true, ingressPolicy: 'guests', egressPolicy: null },
    { id: 'web-wall', adminStateUp: false, ingressPolicy: 'guests', egressPolicy: 'guests' },
  ],
  firewallGroupPorts: [
    ...['db-1', 'db-down', 'web-2', 'db-unbound'].map((id) => ({ id, groupId: 'db-wall' })),
    { id: 'web-1', groupId: 'web-wall' },
  ],
  firewallPolicies: [{ id: 'guests', rules: ['not-ssh', 'off', 'sql'] }],
  firewallRules: [
    firewallRule('sql', { protocol: 6, source: '10.10.0.0/16', destinationPorts: [5432, 5433] }),
    firewallRule('off', { enabled: false }),
    firewallRule('not-ssh', { action: 'reject', protocol: 6, destinationPorts: [22, 22] }),
  ],
  logs: [
    log('all', { event: 'DROP' }),
    log('of-db', { groupId: 'db', event: 'ACCEPT' }),
    log('of-one', { portId: 'web-1' }),
    log('off', { portId: 'web-1', enabled: false }),
    log('of-others', { projectId: 'others' }),
    log('of-unguarded', { portId: 'web-2' }),
  ],
};

test('the views of a small topology are as recorded (UPDATE_GOLDEN=1 records them anew)', async () => {
  const loom = weave(TWO_TIER);
  const text = TWO_TIER.hosts.map(({ name }) => readable(name, loom.view(name))).join('\n');
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, text);
  assert.equal(text, await readFile(GOLDEN, 'utf8'));
});

/** One row a line. */
function readable(name: string, tables: HostTables): string {
  const lines = TABLE_NAMES.flatMap((table) => {
    const rows = [...tables[table].values()].map(({ id, ...fields }) => `${id} ${JSON.stringify(fields)}`);
    return [`  ${table}`, ...rows.sort().map((row) => `    ${row}`)];
  });
  return [name, ...lines, ''].join('\n');
}
