import { join } from 'node:path';
import { connect, type NetloomClient } from '@netloom/api/client/connect';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { openHttpClient } from '@netloom/api/client/http';
import type { PortBody } from '@netloom/api/client/resources';
import { tapName } from '@netloom/core/net/device';
import { startTestServer } from '../../../packages/controller/test/support/database.ts';
import { type EmulatedHost, emulateHost, sh } from '../../../packages/drivers/test/emulated-host.ts';
import { startController } from '../../support/controller-process.ts';
import { liftQuotas } from '../../support/lift-quotas.ts';
import type { Speaker } from '../filter/hosts.ts';
import { BYSTANDER_PORT } from '../filter/policy.ts';
import { startAgent } from './start-agent.ts';

/** Workloads that speak: a pair whose rules come and go, and a pair beside it. */
export interface Cloud {
  readonly client: NetloomClient;
  readonly databaseUrl: string;
  readonly host: EmulatedHost;
  /** Security group of `to`, which has no rule for what `from` sends it but for `BYSTANDER_PORT`. */
  readonly group: string;
  readonly from: Speaker;
  readonly to: Speaker;
  readonly beside: readonly [Speaker, Speaker];
  close(): Promise<void>;
}

const BULK = 100;
/** First of the ports to which the flows go that fill the table of connections. */
export const FILL_PORT = 9;
/** How many they are. */
export const FILL_PORTS = 10;
const GROUPS = 50;

/** A controller program with its database, and one host with so many bound and plugged ports and a real agent. */
export async function openCloud(ports: number, folder: string): Promise<Cloud> {
  const databaseUrl = await startTestServer();
  const controller = await startController(join(folder, 'controller'), { databaseUrl });
  const credentials = await credentialsFrom(controller.cloudsFile);
  const counted = ['network', 'subnet', 'port', 'security_group', 'security_group_rule'];
  await liftQuotas(await openHttpClient(credentials), counted);
  const client = await connect(credentials);
  const host = await emulateHost();
  const { link_key: key = '' } = await client.hosts.create({ name: host.name, driver: 'bridge' });
  await startAgent(host, { key, controller: controller.agentAddress, folder });
  const network = await client.networks.create({ name: 'bench' });
  await client.subnets.create({ network_id: network.id, ip_version: 4, cidr: '10.8.0.0/16', enable_dhcp: false });
  const groups = await makeGroups(client);
  const made: PortBody[] = [];
  for (let n = 0; n < ports; n += BULK) {
    const bulk = Array.from({ length: Math.min(BULK, ports - n) }, (_, i) => ({
      network_id: network.id,
      security_groups: [groups[(n + i) % groups.length]],
      'binding:host_id': host.name,
    }));
    made.push(...(await client.ports.createMany(bulk)));
  }
  const [from, to, ...beside] = await plugAll(host, made);
  const { state, hosts } = await client.realization({ waitSeconds: 120 });
  if (state !== 'done') throw new Error(`not applied: ${JSON.stringify(hosts)}`);
  if (!from || !to || !beside[0] || !beside[1]) throw new Error('four ports at least');
  return {
    ...{ client, databaseUrl, host, group: groups[1] ?? '', from, to, beside: [beside[0], beside[1]] },
    close: () => controller.end('SIGKILL'),
  };
}

/** Groups of ten rules: the two that the API gives, and eight. The first ports have a group each. */
async function makeGroups(client: NetloomClient): Promise<string[]> {
  const groups = await Promise.all(
    Array.from({ length: GROUPS }, (_, i) => client.securityGroups.create({ name: `bench-${i}` })),
  );
  const open = (protocol: string, first: number, last = first) => ({
    protocol,
    port_range_min: first,
    port_range_max: last,
  });
  const rules = [
    ...[22, 80, 443, 3306, 5432, 8080].map((port) => open('tcp', port)),
    open('udp', BYSTANDER_PORT),
    open('udp', FILL_PORT, FILL_PORT + FILL_PORTS - 1),
  ];
  for (const { id } of groups) {
    const common = { security_group_id: id, direction: 'ingress', ethertype: 'IPv4' };
    await client.securityGroupRules.createMany(rules.map((rule) => ({ ...common, ...rule })));
  }
  return groups.map(({ id }) => id);
}

/** Four workloads with a namespace each; of the others the devices only. */
async function plugAll(host: EmulatedHost, ports: readonly PortBody[]): Promise<Speaker[]> {
  const loud = ports.slice(0, 4);
  const taps = ports.slice(4).map(({ id }) => `tuntap add dev ${tapName(id)} mode tap\n`);
  await sh(`ip -n ${host.name} -batch -`, taps.join(''));
  const speakers: Speaker[] = [];
  for (const { id, mac_address: mac, fixed_ips } of loud) {
    const namespace = await host.plug(tapName(id), { mac, ips: [] });
    const ip = fixed_ips[0]?.ip_address ?? '';
    await sh(`ip -n ${namespace} address add ${ip}/16 dev eth0`);
    speakers.push({ namespace, mac, ip });
  }
  return speakers;
}
