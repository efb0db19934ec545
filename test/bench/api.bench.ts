// Creates, reads, changes, deletes and lists ports through the HTTP API of any controller: rates and latencies, side by side in one run.
// Options: --clouds FILE (a running controller's clouds.yaml; without it one is started), --ports N.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { startController } from '../support/controller-process.ts';
import { type LoadClient, openLoadClient, type Timing, timeMany } from '../support/load.ts';

const { values } = parseArgs({ options: { clouds: { type: 'string' }, ports: { type: 'string', default: '2000' } } });
const count = Number(values.ports);
const folder = mkdtempSync(join(tmpdir(), 'netloom-bench-'));
const controller = values.clouds === undefined ? await startController(folder) : undefined;
const rows: string[] = [];
try {
  const credentials = await credentialsFrom(values.clouds ?? controller?.cloudsFile ?? '');
  const client = await openLoadClient(credentials, 16);
  const network = await makeNetwork(client);
  for (const clients of [1, 8, 16]) await measureLife(client, { network, clients });
  await measureLists(client, network);
  client.close();
} finally {
  await controller?.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
console.log(['operation', 'clients', 'per second', 'p50 ms', 'p99 ms'].map((cell) => cell.padEnd(22)).join(''));
for (const row of rows) console.log(row);

async function measureLife(
  client: LoadClient,
  { network, clients }: { network: string; clients: number },
): Promise<void> {
  const ids: string[] = [];
  const create = async (): Promise<void> => {
    const { status, text } = await client.send('POST', '/v2.0/ports', { port: { network_id: network } });
    if (status !== 201) throw new Error(text);
    ids.push((JSON.parse(text) as { port: { id: string } }).port.id);
  };
  const on = (method: string, expected: number, body?: object) => async (i: number) => {
    const { status, text } = await client.send(method, `/v2.0/ports/${ids[i]}`, body);
    if (status !== expected) throw new Error(text);
  };
  const share = clients === 1 ? Math.ceil(count / 4) : count;
  add('port create', clients, await timeMany(share, clients, create));
  add('port get', clients, await timeMany(share, clients, on('GET', 200)));
  add('port update', clients, await timeMany(share, clients, on('PUT', 200, { port: { description: 'changed' } })));
  add('port delete', clients, await timeMany(share, clients, on('DELETE', 204)));
}

async function measureLists(client: LoadClient, network: string): Promise<void> {
  let made = 0;
  for (const size of [1000, 10000]) {
    for (; made < size; made += 100) {
      const ports = Array.from({ length: 100 }, () => ({ network_id: network }));
      const { status, text } = await client.send('POST', '/v2.0/ports', { ports });
      if (status !== 201) throw new Error(text);
    }
    const list = (query: string) => async (): Promise<void> => {
      const { status } = await client.send('GET', `/v2.0/ports${query}`);
      if (status !== 200) throw new Error(`list answered ${status}`);
    };
    add(`list of ${size}`, 1, await timeMany(10, 1, list('')));
    add(`list of ${size}, ids`, 1, await timeMany(10, 1, list('?fields=id')));
  }
}

async function makeNetwork(client: LoadClient): Promise<string> {
  const made = await client.send('POST', '/v2.0/networks', { network: { name: 'bench' } });
  const { network } = JSON.parse(made.text) as { network: { id: string } };
  const subnet = { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/16' };
  const { status, text } = await client.send('POST', '/v2.0/subnets', { subnet });
  if (status !== 201) throw new Error(text);
  return network.id;
}

function add(what: string, clients: number, { perSecond, p50, p99 }: Timing): void {
  const cells = [what, String(clients), perSecond.toFixed(0), p50.toFixed(2), p99.toFixed(2)];
  rows.push(cells.map((cell) => cell.padEnd(22)).join(''));
}
