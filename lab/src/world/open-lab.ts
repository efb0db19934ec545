import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from '@netloom/api/client/connect';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { labError } from '../errors.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { addAddresses, extraAddresses } from './extra-addresses.ts';
import { type Lab, type LabParts, lab } from './lab.ts';
import { awaitApplied } from './move.ts';
import { type Part, part } from './part.ts';
import type { Peer } from './peer.ts';
import { netloom } from './programs.ts';
import { bindPorts, provisionHosts, provisionPorts } from './provision.ts';
import { provisionFirewalls } from './provision-firewalls.ts';
import { type HostCell, startUnderlay, type Underlay } from './underlay.ts';
import { plugWorkload, startWorkloadPeer, type Workload } from './workload.ts';

export interface OpenOptions {
  readonly scenario: Scenario;
  /** Address of the API; port 0 takes a free one. */
  readonly listen: string;
  /** As processes outside the lab see it; the working folder is the same one. */
  readonly stateFolder: string;
  readonly progress: (line: string) => void;
}

/** In the lab's own /run: gone with it. */
const RUN = '/run/netloom-lab';
const CONTROLLER_DATA = join(RUN, 'controller');
const AGENT_ADDRESS = `unix:${join(RUN, 'agent.sock')}`;
const APPLY_SECONDS = 60;
const ADDRESS_SECONDS = 30;

/**
 * Brings up everything of a lab, inside its namespaces; needs the state folder as its working folder. Throws LAB_PART_DIED
 * as soon as a program of it ends, instead of waiting for what cannot come.
 */
export async function openLab(options: OpenOptions): Promise<Lab> {
  const death = Promise.withResolvers<never>();
  // After the start a death is no reason to stop: the lab is there to show that the rest goes on.
  death.promise.catch((error: Error) => console.error(error.message));
  return Promise.race([bringUp(options, death.reject), death.promise]);
}

async function bringUp(options: OpenOptions, onDeath: (error: Error) => void): Promise<Lab> {
  const { scenario, progress } = options;
  await mkdir(RUN, { recursive: true, mode: 0o755 });
  progress(`starting the controller, ${count(scenario.hosts, 'host')} and ${count(scenario.workloads, 'workload')}`);
  const controller = part({
    name: 'the controller',
    argv: [
      ...netloom(),
      ...['controller', '--data-folder', CONTROLLER_DATA, '--agent-listen', AGENT_ADDRESS],
      ...['--listen', await freeAddress(options.listen), '--underlay-mtu', String(scenario.underlayMtu)],
    ],
    log: 'controller.log',
    logShown: join(options.stateFolder, 'controller.log'),
    isReady: isReadyLine,
    onDeath,
  });
  const [underlay, peers] = await Promise.all([
    startUnderlay({ hosts: scenario.hosts.map((host) => host.name), mtu: scenario.underlayMtu, log: 'inherit' }),
    Promise.all(scenario.workloads.map(({ name }) => startWorkloadPeer(name, join(RUN, 'workloads'), 'inherit'))),
    controller.start(),
  ]);
  const clouds = join(CONTROLLER_DATA, 'clouds.yaml');
  const credentials = await credentialsFrom(clouds);
  await copyFile(clouds, 'clouds.yaml');
  const client = await connect(credentials);

  progress('creating hosts, networks, routers, security groups and ports through the API');
  const keys = await provisionHosts(client, scenario);
  const agents = await startAgents({ underlay, scenario, keys, stateFolder: options.stateFolder, onDeath });
  const ports = await provisionPorts(client, scenario);
  const workloads = await plugAll({ scenario, underlay, peers, ports });
  await bindPorts(client, scenario, ports);
  await provisionFirewalls(client, scenario, ports);

  progress('waiting until every host has applied it');
  await awaitApplied(client, APPLY_SECONDS);
  progress('waiting for the addresses of all workloads');
  await bootAll(scenario, workloads);
  const parts: LabParts = {
    ...{ scenario, client, underlay, workloads, controller, agents, dataFolder: CONTROLLER_DATA },
    about: { stateFolder: options.stateFolder, credentials, cloudsFile: join(options.stateFolder, 'clouds.yaml') },
  };
  return lab(parts);
}

function count(list: readonly unknown[], noun: string): string {
  return `${list.length} ${noun}${list.length === 1 ? '' : 's'}`;
}

/** The controller says by one line of JSON that it serves; lines of its log have a level. */
function isReadyLine(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    return !('level' in (JSON.parse(line) as object));
  } catch {
    return false;
  }
}

/** A listen address with a port that is free now, where port 0 asks for one. */
async function freeAddress(listen: string): Promise<string> {
  const [host = '', port] = listen.split(/:(?=\d+$)/);
  if (port !== '0') return listen;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, host, () => {
    const address = server.address();
    const found = typeof address === 'object' ? (address?.port ?? 0) : 0;
    server.close(() => resolve(`${host}:${found}`));
  });
  return promise;
}

async function startAgents(options: {
  readonly underlay: Underlay;
  readonly scenario: Scenario;
  readonly keys: ReadonlyMap<string, string>;
  readonly stateFolder: string;
  readonly onDeath: (error: Error) => void;
}): Promise<ReadonlyMap<string, Part>> {
  const { underlay, scenario, keys, stateFolder, onDeath } = options;
  const agents = await Promise.all(
    scenario.hosts.map(async ({ name, driver }): Promise<[string, Part]> => {
      const host = underlay.hosts.get(name);
      if (host === undefined) throw new Error(`host ${name} has no machine`);
      const folder = join(RUN, 'agents', name);
      await mkdir(folder, { recursive: true });
      const keyFile = join(folder, 'link.key');
      await writeFile(keyFile, `${keys.get(name) ?? ''}\n`, { mode: 0o600 });
      const agent = part({
        name: `the agent of ${name}`,
        argv: agentCommand({ host, driver, keyFile, dataFolder: join(folder, 'data') }),
        log: `agent-${name}.log`,
        logShown: join(stateFolder, `agent-${name}.log`),
        onDeath,
      });
      await agent.start();
      return [name, agent];
    }),
  );
  return new Map(agents);
}

function agentCommand(options: {
  readonly host: HostCell;
  readonly driver: string;
  readonly keyFile: string;
  readonly dataFolder: string;
}): string[] {
  const { name, cell, underlayAddress } = options.host;
  return [
    ...cell.enter,
    ...netloom(),
    ...['agent', '--host', name, '--driver', options.driver, '--underlay-address', underlayAddress],
    ...['--controller', AGENT_ADDRESS, '--key-file', options.keyFile],
    ...['--namespace', `netloom-${name}`, '--data-folder', options.dataFolder],
  ];
}

async function plugAll(options: {
  readonly scenario: Scenario;
  readonly underlay: Underlay;
  readonly peers: readonly Peer[];
  readonly ports: Awaited<ReturnType<typeof provisionPorts>>;
}): Promise<ReadonlyMap<string, Workload>> {
  const { scenario, underlay, peers, ports } = options;
  const plugged = await Promise.all(
    scenario.workloads.map((spec, i) => {
      const network = scenario.networks.find((each) => each.name === spec.network);
      const host = underlay.hosts.get(spec.host);
      const port = ports.get(spec.name);
      const peer = peers[i];
      if (!network || !host || !port || !peer) throw new Error(`workload ${spec.name} lacks what it stands on`);
      return plugWorkload({ spec, network, peer, port, host, folder: join(RUN, 'workloads') });
    }),
  );
  return new Map(plugged.map((workload) => [workload.spec.name, workload]));
}

async function bootAll(scenario: Scenario, workloads: ReadonlyMap<string, Workload>): Promise<void> {
  await Promise.all(
    [...workloads.values()].map(async (workload) => {
      const { peer, port, spec } = workload;
      await workload.boot();
      const { addresses } = port;
      const timeoutMs = ADDRESS_SECONDS * 1000;
      const { missing } = await peer.ask({ op: 'await-addresses', addresses, timeoutMs });
      if (missing.length === 0) return addAddresses(peer.cell, extraAddresses(scenario, spec.name));
      const details = { workload: spec.name, network: spec.network, host: spec.host, seconds: ADDRESS_SECONDS };
      throw labError('LAB_NO_ADDRESS', { ...details, family: missing[0]?.includes(':') ? 'IPv6' : 'IPv4' });
    }),
  );
}
