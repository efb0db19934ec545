/**
 * How soon a rule that is taken away stops the open flows: from the API's answer to the DELETE until the last packet that was
 * still delivered, with a real controller, database, agent and bridge driver, 1,000 ports and 100,000 connections on the host.
 * Three flows with a packet a millisecond each way between two workloads: TCP with data both ways, UDP both ways, and a ping
 * with one id. Flows that no change concerns run beside them, and every packet of theirs is counted. At the end the same flows
 * through the same policy as iptables rules, and what the removal of those rules does. In namespaces of its own; needs root.
 *
 *   npm run bench -- revoke [--trials 200] [--ports 1000] [--connections 100000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openListener } from '../../packages/controller/src/store/listener.ts';
import { insideNamespaces } from '../support/inside-namespaces.ts';
import { PACKET_PORT, STREAM_PORT } from './filter/policy.ts';
import { table } from './filter/summary.ts';
import { removeBareRules } from './revoke/bare-iptables.ts';
import { startBystanders } from './revoke/bystanders.ts';
import { type Cloud, FILL_PORT, FILL_PORTS, openCloud } from './revoke/cloud.ts';
import { fillConntrack } from './revoke/fill-conntrack.ts';
import { awaitFlows, startFlows, WATCHED } from './revoke/flows.ts';
import { now, PROTOCOLS, type Protocol, watchFlows } from './revoke/watch-flows.ts';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '200' },
    ports: { type: 'string', default: '1000' },
    connections: { type: 'string', default: '100000' },
  },
});
/** How long a flow is watched for packets after its rule is gone, in milliseconds. */
const WINDOW = 300;

const ATTRIBUTES: Readonly<Record<Protocol, object>> = {
  tcp: { protocol: 'tcp', port_range_min: STREAM_PORT, port_range_max: STREAM_PORT },
  udp: { protocol: 'udp', port_range_min: PACKET_PORT, port_range_max: PACKET_PORT },
  icmp: { protocol: 'icmp' },
};

/** One flow's end, in milliseconds: negative when it ended before the answer. */
interface Trial {
  readonly sinceAnswer: number;
  readonly sinceCommit: number;
  readonly sinceRequest: number;
  /** It still passed when the window closed. */
  readonly stillFlowing: boolean;
}

if (await insideNamespaces(import.meta.filename)) {
  const folder = mkdtempSync(join('/run', 'netloom-bench-'));
  const cloud = await openCloud(Number(values.ports), folder);
  const entries = await fillConntrack(cloud.host.dataPlane, cloud.beside, {
    flows: Number(values.connections),
    port: FILL_PORT,
    ports: FILL_PORTS,
  });
  console.log(`${values.ports} ports, ${entries} connections, ${values.trials} trials a protocol`);
  const watcher = await watchFlows([cloud.from, cloud.to], WATCHED);
  let rules = await allow(cloud);
  await startFlows(cloud.from, cloud.to, watcher);
  const bystanders = await startBystanders([[cloud.from, cloud.to], cloud.beside]);

  let committed = 0;
  const listener = openListener(cloud.databaseUrl);
  await listener.listen('netloom_changes', () => {
    committed ||= now();
  });
  const trials: Record<Protocol, Trial[]> = { tcp: [], udp: [], icmp: [] };
  for (let i = 1; i <= Number(values.trials); i++) {
    for (const protocol of PROTOCOLS) {
      await delay(20 + Math.random() * 40);
      committed = 0;
      const requested = now();
      await cloud.client.securityGroupRules.remove(rules[protocol]);
      const answered = now();
      await delay(WINDOW);
      const last = watcher.lastArrival(protocol);
      trials[protocol].push({
        ...{ sinceAnswer: last - answered, sinceCommit: last - committed, sinceRequest: last - requested },
        stillFlowing: last > now() - WINDOW / 4,
      });
    }
    rules = await allow(cloud);
    await awaitFlows(watcher);
    if (i % 20 === 0) process.stderr.write(`trial ${i} of ${values.trials}\n`);
  }
  const { sent, lost } = await bystanders.count();
  report(trials);
  console.log(`\nflows that stay allowed: ${lost} of ${sent} packets lost`);
  await listener.close();
  await cloud.close();
  console.log('\nbare iptables, the same flows, their rules removed:');
  console.log(table(await removeBareRules(5)));
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(0);
}

async function allow({ client, group }: Cloud): Promise<Record<Protocol, string>> {
  const common = { security_group_id: group, direction: 'ingress', ethertype: 'IPv4' };
  const wanted = PROTOCOLS.map((protocol) => ({ ...common, ...ATTRIBUTES[protocol] }));
  const [tcp, udp, icmp] = await client.securityGroupRules.createMany(wanted);
  return { tcp: tcp?.id ?? '', udp: udp?.id ?? '', icmp: icmp?.id ?? '' };
}

function report(trials: Readonly<Record<Protocol, readonly Trial[]>>): void {
  const columns = [
    ['from the answer', 'sinceAnswer'],
    ['from the commit', 'sinceCommit'],
    ['from the request', 'sinceRequest'],
  ] as const;
  for (const [title, key] of columns) {
    const rows = PROTOCOLS.map((protocol) => {
      const sorted = trials[protocol].map((trial) => trial[key]).sort((a, b) => a - b);
      const at = (part: number): string =>
        (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
      const still = trials[protocol].filter(({ stillFlowing }) => stillFlowing).length;
      return [protocol, at(0.5), at(0.99), at(1), String(still)];
    });
    console.log(`\nlast packet delivered, milliseconds ${title} to the DELETE`);
    console.log(table([['', 'p50', 'p99', 'max', 'never stopped'], ...rows]));
  }
}
