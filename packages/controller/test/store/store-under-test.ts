import assert from 'node:assert/strict';
import type { ChangeBatch, ModelSnapshot, Queryable, Store } from '../../src/store/store.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** A second store on the same data, as another controller has it. */
  readonly other: Store;
  /** Breaks all connections of both, now. */
  readonly cut: () => Promise<void>;
}

export const NETWORK = '00000000-0000-4000-8000-000000000001';
export const SUBNET = '00000000-0000-4000-8000-000000000002';
export const PORT = '00000000-0000-4000-8000-000000000003';

export async function addHost(tx: Queryable, name: string, vtep: string | null = null): Promise<void> {
  await tx.query('INSERT INTO hosts (name, driver, vtep) VALUES ($1, $2, $3)', [name, 'bridge', vtep]);
}

export async function writeHost(store: Store, name: string): Promise<number> {
  const { revision } = await store.transaction((tx) => addHost(tx, name));
  assert.ok(revision !== null);
  return revision;
}

export async function take(feed: AsyncIterable<ChangeBatch>, count: number): Promise<ChangeBatch[]> {
  const batches: ChangeBatch[] = [];
  if (count > 0) for await (const batch of feed) if (batches.push(batch) === count) break;
  return batches;
}

/** A signal that ends a test that waits for what never comes. */
export function patience(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

export async function addOneOfEach(tx: Queryable): Promise<void> {
  await tx.query(
    `INSERT INTO networks (id, project_id, name, mtu, vni, flood, dns_domain) VALUES ($1, 'p', 'n', 1450, 7, 'head-end', 'example.org.')`,
    [NETWORK],
  );
  await tx.query(
    `INSERT INTO subnets (id, project_id, network_id, ip_version, cidr, gateway_ip, dns_nameservers, host_routes, ipv6_ra_mode, ipv6_address_mode)
    VALUES ($1, 'p', $2, 6, 'fd00:0::/64', 'fd00:0::1', '["FD00::35"]', '[{"destination": "fd01:0::/64", "nexthop": "fd00:0::9"}]', 'slaac', 'slaac')`,
    [SUBNET, NETWORK],
  );
  await addHost(tx, 'h1', '192.0.2.1');
  await tx.query(
    `INSERT INTO ports (id, project_id, network_id, mac_address, fixed_ips, host, device_owner, dns_name, extra_dhcp_opts)
    VALUES ($1, 'p', $2, 'FA:16:3E:00:00:01', $3, 'h1', 'compute:nova', 'web', $4)`,
    [
      PORT,
      NETWORK,
      JSON.stringify([{ subnet_id: SUBNET, ip_address: 'fd00:0::5' }]),
      JSON.stringify([
        { opt_name: 'mtu', opt_value: '1400' },
        { opt_name: '59', opt_value: 'tftp', ip_version: 6 },
      ]),
    ],
  );
}

export const EMPTY: ModelSnapshot = {
  revision: 0,
  networks: [],
  subnets: [],
  ports: [],
  hosts: [],
  securityGroups: [],
  securityGroupRules: [],
  addressGroupEntries: [],
  firewallGroups: [],
  firewallGroupPorts: [],
  firewallPolicies: [],
  firewallRules: [],
  logs: [],
  routers: [],
  floatingIps: [],
};

/** What a reader of the feed has in the end: by kind and id, in order of ids. */
export function replay(from: ModelSnapshot, batches: readonly ChangeBatch[]): Map<string, unknown> {
  const objects = sorted(from);
  for (const { changes } of batches) {
    for (const { kind, id, object } of changes) {
      if (object === null) objects.delete(`${kind} ${id}`);
      else objects.set(`${kind} ${id}`, object);
    }
  }
  return new Map([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function sorted(model: ModelSnapshot): Map<string, unknown> {
  const entries: [string, unknown][] = [
    ...[...model.networks].map((object): [string, unknown] => [`network ${object.id}`, object]),
    ...[...model.subnets].map((object): [string, unknown] => [`subnet ${object.id}`, object]),
    ...[...model.ports].map((object): [string, unknown] => [`port ${object.id}`, object]),
    ...[...model.hosts].map((object): [string, unknown] => [`host ${object.name}`, object]),
    ...model.securityGroups.map((object): [string, unknown] => [`securityGroup ${object.id}`, object]),
    ...model.securityGroupRules.map((object): [string, unknown] => [`securityGroupRule ${object.id}`, object]),
    ...model.addressGroupEntries.map((object): [string, unknown] => [`addressGroupEntry ${object.id}`, object]),
    ...model.firewallGroups.map((object): [string, unknown] => [`firewallGroup ${object.id}`, object]),
    ...model.firewallGroupPorts.map((object): [string, unknown] => [`firewallGroupPort ${object.id}`, object]),
    ...model.firewallPolicies.map((object): [string, unknown] => [`firewallPolicy ${object.id}`, object]),
    ...model.firewallRules.map((object): [string, unknown] => [`firewallRule ${object.id}`, object]),
    ...model.logs.map((object): [string, unknown] => [`log ${object.id}`, object]),
  ];
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
