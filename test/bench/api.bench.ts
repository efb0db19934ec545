/**
 * Creates, reads, changes, deletes and lists objects through the HTTP API of any controller, of ours or of OpenStack: rates,
 * latencies and processor time a request, with connections kept alive and with one connection a request.
 *
 *   npm run bench -- api [--clouds FILE] [--pid PID ...] [--ports 2000] [--flat 15000]
 *
 * Without --clouds (a running controller's clouds.yaml) it starts a controller of its own. --pid names the processes whose
 * processor time counts, with their children. --flat creates so many ports on one network, and compares the last thousand with
 * the first; 0 leaves it out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { openHttpClient } from '@netloom/api/client/http';
import { startController } from '../support/controller-process.ts';
import { cpuTimeOf } from '../support/cpu-time.ts';
import { liftQuotas } from '../support/lift-quotas.ts';
import { type LoadClient, openLoadClient, type Timing, timeMany } from '../support/load.ts';

const { values } = parseArgs({
  options: {
    clouds: { type: 'string' },
    pid: { type: 'string', multiple: true, default: [] },
    ports: { type: 'string', default: '2000' },
    flat: { type: 'string', default: '15000' },
  },
});
const count = Number(values.ports);
const CONNECTIONS = 16;
const folder = mkdtempSync(join(tmpdir(), 'netloom-bench-'));
const controller = values.clouds === undefined ? await startController(folder) : undefined;
const pids = controller ? [controller.pid, controller.databasePid] : values.pid.map(Number);
try {
  const credentials = await credentialsFrom(values.clouds ?? controller?.cloudsFile ?? '');
  const client = await openLoadClient(credentials, CONNECTIONS);
  const counted = ['network', 'subnet', 'port', 'security_group', 'security_group_rule'];
  await liftQuotas(await openHttpClient(credentials), counted);
  print(['operation', 'clients', 'per second', 'p50 ms', 'p99 ms', 'cpu ms a request']);
  const network = await makeNetwork(client, 'bench');
  await warmUp(client, network);
  for (const clients of [1, 8, 16]) await measurePorts(client, { network, clients, label: '' });
  const single = await openLoadClient(credentials, CONNECTIONS, false);
  for (const clients of [1, 8, 16]) await measurePorts(single, { network, clients, label: ', own connection' });
  single.close();
  for (const clients of [1, 8, 16]) await measureRules(client, clients);
  await measureLists(client, network);
  if (Number(values.flat) > 0) await measureFlatness(client, Number(values.flat));
  client.close();
} finally {
  await controller?.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

/** A server that runs for days is measured, not one that has just started. */
async function warmUp(client: LoadClient, network: string): Promise<void> {
  await timeMany(count / 2, CONNECTIONS, async () => {
    const made = await send(client, 201, ['POST', '/v2.0/ports', { port: { network_id: network } }]);
    await send(client, 204, ['DELETE', `/v2.0/ports/${(made as { port: { id: string } }).port.id}`]);
  });
}

async function measurePorts(
  client: LoadClient,
  { network, clients, label }: { network: string; clients: number; label: string },
): Promise<void> {
  const ids: string[] = [];
  const create = async (): Promise<void> => {
    const made = await send(client, 201, ['POST', '/v2.0/ports', { port: { network_id: network } }]);
    ids.push((made as { port: { id: string } }).port.id);
  };
  const on = (method: string, expected: number, body?: object) => async (i: number) => {
    await send(client, expected, [method, `/v2.0/ports/${ids[i]}`, body]);
  };
  const share = clients === 1 ? Math.ceil(count / 4) : count;
  await measure(`port create${label}`, clients, share, create);
  await measure(`port get${label}`, clients, share, on('GET', 200));
  await measure(`port update${label}`, clients, share, on('PUT', 200, { port: { description: 'changed' } }));
  await measure(`port delete${label}`, clients, share, on('DELETE', 204));
}

async function measureRules(client: LoadClient, clients: number): Promise<void> {
  const made = await send(client, 201, ['POST', '/v2.0/security-groups', { security_group: { name: 'bench' } }]);
  const { id } = (made as { security_group: { id: string } }).security_group;
  const create = async (i: number): Promise<void> => {
    const range = { port_range_min: i + 1, port_range_max: i + 1 };
    const rule = { security_group_id: id, direction: 'ingress', protocol: 'tcp', ...range };
    await send(client, 201, ['POST', '/v2.0/security-group-rules', { security_group_rule: rule }]);
  };
  await measure('rule create', clients, clients === 1 ? Math.ceil(count / 4) : count, create);
  await send(client, 204, ['DELETE', `/v2.0/security-groups/${id}`]);
}

async function measureLists(client: LoadClient, network: string): Promise<void> {
  let made = 0;
  for (const size of [1000, 10_000]) {
    for (; made < size; made += 100) {
      const ports = Array.from({ length: 100 }, () => ({ network_id: network }));
      await send(client, 201, ['POST', '/v2.0/ports', { ports }]);
    }
    const list = (query: string) => async (): Promise<void> => {
      await send(client, 200, ['GET', `/v2.0/ports${query}`]);
    };
    await measure(`list of ${size}`, 1, 10, list(''));
    await measure(`list of ${size}, ids`, 1, 10, list('?fields=id'));
    await measure(`list of ${size}, one by name`, 1, 10, list('?name=nobody'));
  }
}

/** What a port costs must not depend on how many there are. */
async function measureFlatness(client: LoadClient, ports: number): Promise<void> {
  const network = await makeNetwork(client, 'flat');
  const create = async (): Promise<void> => {
    await send(client, 201, ['POST', '/v2.0/ports', { port: { network_id: network } }]);
  };
  const rates: number[] = [];
  for (let n = 0; n < ports; n += 1000) {
    const { perSecond } = await measure(`ports ${n + 1} to ${n + 1000}`, CONNECTIONS, 1000, create);
    rates.push(perSecond);
  }
  const [first = 0, last = 0] = [rates[0], rates.at(-1)];
  console.log(`the last thousand of ${ports} ports took ${((first / last) * 100).toFixed(0)}% of the first one's time`);
}

async function measure(
  what: string,
  clients: number,
  times: number,
  work: (i: number) => Promise<void>,
): Promise<Timing> {
  const before = cpuTimeOf(pids);
  const timing = await timeMany(times, clients, work);
  const cpu = pids.length === 0 ? '' : ((cpuTimeOf(pids) - before) / times).toFixed(2);
  print([what, String(clients), timing.perSecond.toFixed(0), timing.p50.toFixed(2), timing.p99.toFixed(2), cpu]);
  return timing;
}

function print([first = '', ...cells]: readonly string[]): void {
  console.log(first.padEnd(34) + cells.map((cell) => cell.padEnd(14)).join(''));
}

/** Sends a request that must be answered so, and gives the answer's body. */
async function send(client: LoadClient, expected: number, request: Parameters<LoadClient['send']>): Promise<unknown> {
  const { status, text } = await client.send(...request);
  if (status !== expected) throw new Error(`${request[0]} ${request[1]} -> ${status} ${text}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

async function makeNetwork(client: LoadClient, name: string): Promise<string> {
  const { network } = (await send(client, 201, ['POST', '/v2.0/networks', { network: { name } }])) as {
    network: { id: string };
  };
  const subnet = { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/16' };
  await send(client, 201, ['POST', '/v2.0/subnets', { subnet }]);
  return network.id;
}
