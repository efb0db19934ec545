import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAgent } from '@netloom/agent/agent';
import { type Credentials, credentialsFrom } from '@netloom/api/client/credentials';
import { type HttpClient, openHttpClient } from '@netloom/api/client/http';
import { parseLinkKey } from '@netloom/api/link/link-key';
import { memoryDriver, memoryTarget } from '@netloom/drivers/memory';
import { pino } from 'pino';
import { type ControllerProcess, startController } from '../support/controller-process.ts';

/** What the field's own suites and clients need to find: a controller, hosts with living agents, a way out. */
export interface Cloud extends AsyncDisposable {
  /** A folder of the cloud's own; gone with it. */
  readonly folder: string;
  readonly controller: ControllerProcess;
  readonly credentials: Credentials;
  /** An admin's. */
  readonly client: HttpClient;
  /** The external network, with an IPv4 subnet. */
  readonly publicNetwork: string;
  /** Aliases of the live extensions. */
  readonly extensions: readonly string[];
}

const HOSTS = ['host-1', 'host-2', 'host-3'];
/** What makes the agents that suites look for. */
const ABILITIES = {
  ...{ dhcp: true, l3: true, metering: true, dvr: true, dvr_snat: true },
  // What the hosts of the captured server enforced.
  ...{ qos_bandwidth_limit: true, qos_dscp_marking: true, qos_minimum_bandwidth: true },
  ...{ qos_minimum_packet_rate: true, qos_packet_rate_limit: true },
};

/** Starts a real controller and real agents with the memory driver, and makes the external network. */
export async function openCloud(): Promise<Cloud> {
  await using parts = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'netloom-conformance-'));
  parts.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const controller = await startController(folder);
  parts.defer(() => controller.end('SIGTERM'));
  const credentials = await credentialsFrom(controller.cloudsFile);
  const client = await openHttpClient(credentials);
  for (const [i, name] of HOSTS.entries())
    parts.use(await startAgent(client, { name, address: `192.0.2.${i + 1}`, folder, controller }));
  await agentsAlive(client);
  const publicNetwork = await makePublicNetwork(client);
  const { extensions } = (await client.request({ method: 'GET', path: '/v2.0/extensions' })).body as {
    extensions: { alias: string }[];
  };
  const running = parts.move();
  return {
    folder,
    controller,
    credentials,
    client,
    publicNetwork,
    extensions: extensions.map(({ alias }) => alias),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface AgentSettings {
  readonly name: string;
  readonly address: string;
  readonly folder: string;
  readonly controller: ControllerProcess;
}

async function startAgent(client: HttpClient, settings: AgentSettings): Promise<AsyncDisposable> {
  const { name, address, folder, controller } = settings;
  const { host } = await create<{ host: { link_key: string } }>(client, '/v2.0/netloom/hosts', {
    host: { name, driver: 'memory' },
  });
  // Nobody plugs workloads here: ports stay DOWN, as they do where the captures were made.
  const driver = memoryDriver({ ...memoryTarget(), plugged: new Set() }, address);
  const ending = new AbortController();
  const running = runAgent(
    {
      host: name,
      controllers: [controller.agentAddress],
      key: parseLinkKey(host.link_key),
      driver: { ...driver, facts: { ...driver.facts, abilities: ABILITIES } },
      dataFolder: join(folder, name),
      log: pino({ level: 'error' }),
    },
    ending.signal,
  );
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
    },
  };
}

async function agentsAlive(client: HttpClient): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
    const { agents } = (await client.request({ method: 'GET', path: '/v2.0/agents' })).body as {
      agents: { alive: boolean; agent_type: string }[];
    };
    if (agents.filter(({ alive, agent_type }) => alive && agent_type === 'L3 agent').length === HOSTS.length) return;
  }
  throw new Error('the agents did not come alive');
}

async function makePublicNetwork(client: HttpClient): Promise<string> {
  const { network } = await create<{ network: { id: string } }>(client, '/v2.0/networks', {
    network: { name: 'public', 'router:external': true },
  });
  const subnet = {
    network_id: network.id,
    name: 'public-v4',
    ip_version: 4,
    cidr: '203.0.113.0/24',
    enable_dhcp: false,
  };
  await create(client, '/v2.0/subnets', { subnet });
  return network.id;
}

/** POSTs and gives the body of the answer. */
export async function create<T>(client: HttpClient, path: string, body: object): Promise<T> {
  return (await client.request({ method: 'POST', path, body })).body as T;
}

/** What the controller logged of requests that failed by its own fault. */
export function faultsOf({ controller }: Cloud): string[] {
  return controller
    .log()
    .split('\n')
    .filter((line) => line.includes('request failed'));
}
