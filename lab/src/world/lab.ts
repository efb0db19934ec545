import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetloomClient } from '@netloom/api/client/connect';
import type { WayIn } from '../control/messages.ts';
import { labError } from '../errors.ts';
import type { CheckReport, FaultRequest, LabStatus, MoveReport } from '../report.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { didYouMean } from '../scenario/suggest.ts';
import type { Cell } from './cell.ts';
import { checkLab } from './check.ts';
import { moveWorkload } from './move.ts';
import type { Part } from './part.ts';
import type { HostCell, Underlay } from './underlay.ts';
import type { Workload } from './workload.ts';

/** Everything of a lab that is up. */
export interface LabParts {
  readonly scenario: Scenario;
  readonly client: NetloomClient;
  readonly underlay: Underlay;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly controller: Part;
  readonly agents: ReadonlyMap<string, Part>;
  /** Of the controller. */
  readonly dataFolder: string;
  readonly about: Pick<LabStatus, 'stateFolder' | 'credentials' | 'cloudsFile'>;
}

export interface Lab {
  status(): Promise<LabStatus>;
  check(): Promise<CheckReport>;
  move(workload: string, host: string): Promise<MoveReport>;
  fault(request: FaultRequest): Promise<void>;
  renew(workload: string): Promise<Readonly<Record<string, string>>>;
  /** A workload, a host, or "underlay". */
  enter(place: string): Omit<WayIn, 'outerPid'>;
}

const RENEW_MS = 5000;

export function lab(parts: LabParts): Lab {
  const { scenario, client, underlay, workloads, agents, controller } = parts;
  const workload = (name: string): Workload => find('workload', name, workloads);
  const host = (name: string): HostCell => find('host', name, underlay.hosts);
  return {
    async status() {
      return {
        ...parts.about,
        file: scenario.file,
        networkUrl: client.networkUrl,
        controllerPid: controller.pid,
        hosts: scenario.hosts.map(({ name, driver }) => ({
          name,
          driver,
          underlayAddress: host(name).underlayAddress,
          agentPid: agents.get(name)?.pid ?? null,
        })),
        workloads: [...workloads.values()].map(({ spec, host: at, port }) => ({
          name: spec.name,
          host: at,
          network: spec.network,
          portId: port.id,
          mac: port.mac,
          addresses: port.addresses,
        })),
        underlay: await underlay.count(),
      };
    },
    check: () => checkLab({ scenario, client, workloads }),
    async move(name, to) {
      const moving = workload(name);
      const target = host(to);
      if (moving.host === to) {
        const known = scenario.hosts.map((each) => each.name).filter((each) => each !== to);
        throw labError('LAB_SAME_HOST', { workload: name, host: to, known: known.join(', ') });
      }
      return moveWorkload({ client, workload: moving, target, others: [...workloads.values()] });
    },
    async fault({ action, part, host: at }) {
      if (part === 'database') return action === 'kill' ? killDatabase(parts.dataFolder) : undefined;
      const target = part === 'controller' ? controller : find('host', at ?? '', agents);
      await (action === 'kill' ? target.kill() : target.start());
    },
    async renew(name) {
      const { renew } = workload(name);
      if (renew === undefined) {
        const reason = 'it has no DHCPv4 client';
        throw labError('LAB_COMMAND', { what: 'renewal', place: name, reason });
      }
      return renew(RENEW_MS);
    },
    enter(place) {
      const cells: [string, Cell][] = [
        ...[...workloads].map(([name, each]): [string, Cell] => [name, each.peer.cell]),
        ...[...underlay.hosts].map(([name, each]): [string, Cell] => [name, each.cell]),
        ['underlay', underlay.cell],
      ];
      return { innerPid: find('workload or host', place, new Map(cells)).pid };
    },
  };
}

function find<T>(kind: string, name: string, among: ReadonlyMap<string, T>): T {
  const found = among.get(name);
  if (found !== undefined) return found;
  const known = [...among.keys()];
  throw labError('LAB_NO_PLACE', { kind, name, hint: didYouMean(name, known), known: known.join(', ') });
}

/** Kills the embedded PostgreSQL, which writes its process id into the first line of postmaster.pid. */
async function killDatabase(folder: string): Promise<void> {
  const files = await readdir(folder, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('postmaster.pid'))) {
    const pid = Number((await readFile(join(folder, file), 'utf8')).split('\n')[0]);
    if (pid > 1) process.kill(pid, 'SIGKILL');
  }
}
