import type { PacketEvent } from '@netloom/api/link/messages';
import type { HostTables, LogRow } from '@netloom/core/tables/host-tables';
import type { LoggedPacket } from '@netloom/drivers/driver';

/** What packets of a host are known by, as long as its tables are these. */
interface Known {
  readonly portOf: ReadonlyMap<string, string>;
  readonly logsOf: ReadonlyMap<string, readonly LogRow[]>;
  readonly groupOf: ReadonlyMap<string, string>;
}

/** Gives a logged packet in the terms of the tables; undefined when no log asks for it any more. */
export function makeEventMaker(): (packet: LoggedPacket, tables: HostTables) => PacketEvent | undefined {
  let last: { readonly tables: HostTables; readonly known: Known } | undefined;
  return (packet, tables) => {
    const { ports, logs, filters } = tables;
    if (last?.tables.ports !== ports || last.tables.logs !== logs || last.tables.filters !== filters)
      last = { tables, known: knownOf(tables) };
    const { portOf, logsOf, groupOf } = last.known;
    const { device, verdict: event, rule, ...rest } = packet;
    const port = portOf.get(device);
    const group = rule === null ? null : (groupOf.get(rule) ?? null);
    const wanted = (logsOf.get(port ?? '') ?? []).filter((row) => asks(row, event, group));
    if (port === undefined || wanted.length === 0) return undefined;
    return { logs: [...new Set(wanted.map(({ log }) => log))], event, port, group, rule, ...rest };
  };
}

function asks({ event, filter }: LogRow, what: 'ACCEPT' | 'DROP', group: string | null): boolean {
  if (event !== 'ALL' && event !== what) return false;
  return what === 'DROP' || filter === null || filter === group;
}

function knownOf({ ports, logs, filters }: HostTables): Known {
  return {
    portOf: new Map(ports.values().map(({ device, id }) => [device, id])),
    logsOf: Map.groupBy(logs.values(), ({ port }) => port),
    groupOf: new Map(filters.values().flatMap(({ id, rules }) => rules.map((rule): [string, string] => [rule.id, id]))),
  };
}
