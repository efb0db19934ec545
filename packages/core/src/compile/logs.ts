import type { Log } from '../model/log.ts';
import type { Port } from '../model/port.ts';
import type { LogRow } from '../tables/host-tables.ts';
import { bothSides } from './edit.ts';
import type { Feature, Place } from './feature.ts';
import { isAbout, logsAbout } from './log-index.ts';
import { isWalled, type ModelIndex, type WalledPort } from './model-index.ts';
import { boundPort, boundPortIds } from './ports.ts';

/** One row for each log and each port that it is about, on the port's host. */
export const logs: Feature<'logs'> = {
  table: 'logs',
  places(edit, model) {
    if (model.objects.log.size === 0) return [];
    if (edit.kind === 'port') return bothSides(edit).flatMap((port) => placesOf(port, model));
    if (edit.kind !== 'log') return [];
    return bothSides(edit).flatMap((log) => Array.from(portsAbout(log, model), (port) => place(log, port)));
  },
  *ids(network, model) {
    if (model.objects.log.size === 0) return;
    for (const id of boundPortIds(network, model)) {
      const port = boundPort(network, id, model);
      if (port !== undefined) for (const { id: rowId } of placesOf(port, model)) yield rowId;
    }
  },
  cell(network, id, model) {
    const [logId = '', portId = ''] = id.split('/');
    const log = model.objects.log.get(logId);
    const port = boundPort(network, portId, model);
    if (log === undefined || port === undefined || !isWalled(port) || !isAbout(log, port)) return undefined;
    return { audience: { only: port.host }, make: () => logRow(log, port) };
  },
};

function logRow(log: Log, port: Port): LogRow {
  const { event, groupId: filter } = log;
  return { id: rowIdOf(log, port), segment: port.networkId, log: log.id, port: port.id, event, filter };
}

function rowIdOf(log: Log, port: Port): string {
  return `${log.id}/${port.id}`;
}

function place(log: Log, port: Port): Place {
  return { at: port.networkId, id: rowIdOf(log, port) };
}

function placesOf(port: Port, model: ModelIndex): Place[] {
  return isWalled(port) ? Array.from(logsAbout(port, model.logs), (log) => place(log, port)) : [];
}

/** Ports that a log may be about. */
function* portsAbout({ portId, groupId, projectId }: Log, model: ModelIndex): Iterable<WalledPort> {
  if (portId !== null) {
    const port = model.objects.port.get(portId);
    if (port !== undefined && isWalled(port)) yield port;
  } else if (groupId !== null) {
    for (const host of model.security.hostsWith.get(groupId) ?? []) {
      for (const port of model.security.guarded.get(host)?.get(groupId)?.values() ?? []) {
        if (isWalled(port)) yield port;
      }
    }
  } else yield* model.logs.portsOf.get(projectId)?.values() ?? [];
}
