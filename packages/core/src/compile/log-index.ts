import type { Log } from '../model/log.ts';
import type { WalledPort } from './model-index.ts';
import { drop, type Nested, newMap, within } from './nested-map.ts';
import { groupsOf } from './security-index.ts';

/** How the compiler looks into logs: those that are enabled, by what they are about. */
export interface LogIndex {
  /** Logs of one port. */
  readonly ofPort: Nested<Log>;
  /** Logs of a group, but not of one port. */
  readonly ofGroup: Nested<Log>;
  /** Logs of a whole project. */
  readonly ofProject: Nested<Log>;
  /** Guarded bound ports, by project and id. */
  readonly portsOf: Nested<WalledPort>;
}

export function logIndex() {
  const ofPort = new Map<string, Map<string, Log>>();
  const ofGroup = new Map<string, Map<string, Log>>();
  const ofProject = new Map<string, Map<string, Log>>();
  const portsOf = new Map<string, Map<string, WalledPort>>();
  const index: LogIndex = { ofPort, ofGroup, ofProject, portsOf };

  const home = (log: Log): readonly [Map<string, Map<string, Log>>, string] => {
    if (log.portId !== null) return [ofPort, log.portId];
    return log.groupId === null ? [ofProject, log.projectId] : [ofGroup, log.groupId];
  };
  return {
    index,
    addPort: (port: WalledPort) => {
      within(portsOf, port.projectId, newMap).set(port.id, port);
    },
    removePort: (port: WalledPort) => {
      drop(portsOf, port.projectId, port.id);
    },
    addLog: (log: Log) => {
      const [logs, key] = home(log);
      if (log.enabled) within(logs, key, newMap).set(log.id, log);
    },
    removeLog: (log: Log) => {
      const [logs, key] = home(log);
      if (log.enabled) drop(logs, key, log.id);
    },
  };
}

/** Logs that are about a port, each once. */
export function* logsAbout(port: WalledPort, { ofPort, ofGroup, ofProject }: LogIndex): Iterable<Log> {
  for (const log of ofPort.get(port.id)?.values() ?? []) if (isAbout(log, port)) yield log;
  for (const group of groupsOf(port)) yield* ofGroup.get(group)?.values() ?? [];
  yield* ofProject.get(port.projectId)?.values() ?? [];
}

/** Whether a guarded port is one that the log is about. */
export function isAbout(log: Log, port: WalledPort): boolean {
  if (!log.enabled || (log.portId !== null && log.portId !== port.id)) return false;
  if (log.groupId !== null) return groupsOf(port).has(log.groupId);
  return log.portId !== null || log.projectId === port.projectId;
}
