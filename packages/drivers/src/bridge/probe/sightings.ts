import type { HostTables } from '@netloom/core/tables/host-tables';
import type { Sighting } from '@netloom/core/trace/live/live';
import { FILTERS_TABLE, ownerOfChain, PORTS_TABLE } from '../filter/nft-names.ts';
import { GUARD_TABLE } from '../guard.ts';
import { isServiceDevice, vniOfVxlan } from '../names.ts';
import { probeTableName } from './probe-table.ts';
import type { TraceEvent } from './read-trace.ts';

type Way = Sighting['way'];
type Row = NonNullable<Sighting['row']>;
type Seen = Omit<Sighting, 'way'>;
type RuleEvent = Extract<TraceEvent, { kind: 'rule' }>;

/** What the traced packets of a probe met on this host, in the order in which it did, with the rows that are behind it. */
export function sightingsOf(events: readonly TraceEvent[], probe: string, tables: HostTables): Sighting[] {
  const table = probeTableName(probe);
  const ways = new Map<string, Way>();
  for (const event of events)
    if (event.table === table && event.kind === 'rule') ways.set(event.id, event.comment === 'back' ? 'back' : 'there');
  const packets = new Map<string, Devices>();
  return events.flatMap((event) => {
    const way = ways.get(event.id);
    if (way === undefined) return [];
    const devices = packets.get(event.id) ?? { in: undefined, out: undefined };
    packets.set(event.id, devices);
    const seen = event.table === table ? seenByProbe(event, devices, tables) : seenByRule(event, devices, tables);
    return seen === undefined ? [] : [{ way, ...seen }];
  });
}

/** Of a packet: IP hooks know the bridge only. */
interface Devices {
  in: string | undefined;
  out: string | undefined;
}

function seenByProbe(event: TraceEvent, devices: Devices, tables: HostTables): Seen | undefined {
  if (event.kind !== 'packet') return undefined;
  if (event.chain === 'fw') devices.out = event.oif;
  if (event.chain === 'pre' && event.iif !== undefined) {
    devices.in = event.iif;
    const row = rowOf(event.iif, tables);
    const isTunnel = vniOfVxlan(event.iif) !== undefined;
    return { what: isTunnel ? 'tunnel' : 'port', verdict: 'pass', row, text: `comes in by ${event.iif}` };
  }
  if (event.chain !== 'post' || event.oif === undefined) return undefined;
  const isTunnel = vniOfVxlan(event.oif) !== undefined;
  const text = isTunnel ? `goes into the tunnels by ${event.oif}` : `goes out by ${event.oif}`;
  return { what: isTunnel ? 'remote' : 'deliver', verdict: 'pass', row: rowOf(event.oif, tables), text };
}

function seenByRule(event: TraceEvent, devices: Devices, tables: HostTables): Seen | undefined {
  if (event.kind === 'packet') return undefined;
  const place = `${event.family} ${event.table} ${event.chain}`;
  if (event.kind === 'policy') {
    if (event.verdict !== 'drop') return undefined;
    const what = event.table === PORTS_TABLE ? 'guard' : 'foreign';
    return { what, verdict: 'drop', row: portRow(devices, tables), text: `dropped by the policy of ${place}` };
  }
  if (event.table === FILTERS_TABLE) return seenByFilter(event, devices, tables);
  if (event.verdict !== 'drop') return undefined;
  const text = `dropped by "${event.comment || event.text}" in ${place}`;
  if (event.table === PORTS_TABLE) return { what: 'guard', verdict: 'drop', row: portRow(devices, tables), text };
  if (event.table === GUARD_TABLE) return { what: 'tunnel', verdict: 'drop', row: null, text };
  return { what: 'foreign', verdict: 'drop', row: null, text };
}

function seenByFilter(event: RuleEvent, devices: Devices, tables: HostTables): Seen | undefined {
  const { chain, verdict, comment } = event;
  const owner = ownerOfChain(chain);
  const port = portRow(devices, tables);
  if (owner === undefined || owner.kind === 'policy') {
    if (verdict === 'drop') {
      const text = comment === 'invalid' ? 'dropped: it belongs to no flow' : 'dropped: nothing allows it';
      return { what: 'filter', verdict: 'drop', row: port, text };
    }
    const text = 'passes with a flow that was allowed before';
    return chain === 'live' && verdict === 'accept' ? { what: 'filter', verdict: 'pass', row: port, text } : undefined;
  }
  const { key: id, kind } = owner;
  if (verdict === 'continue' || verdict.startsWith('jump ')) return undefined;
  const what = kind === 'filter' ? 'filter' : 'firewall';
  const row = { table: kind === 'filter' ? 'filters' : 'firewalls', id } as const;
  const isDrop = verdict === 'drop';
  // The end of a firewall's chain, which no rule of it is behind.
  if (comment === 'drop' || comment === 'closed')
    return { what, verdict: 'drop', row, text: `dropped: no rule of ${row.table}/${id} is about it` };
  const rule = comment.split(' ')[0] ?? '';
  return {
    what,
    verdict: isDrop ? 'drop' : 'pass',
    row,
    rule,
    text: `rule ${rule} of ${row.table}/${id} ${isDrop ? 'drops it' : 'lets it pass'}`,
  };
}

/** The port that a rule asks about: where the packet comes from, until the bridge knows where it goes to. */
function portRow(devices: Devices, tables: HostTables): Row | null {
  const device = devices.out ?? devices.in;
  return device === undefined ? null : rowOf(device, tables);
}

function rowOf(device: string, tables: HostTables): Row | null {
  const vni = vniOfVxlan(device) ?? (isServiceDevice(device) ? Number(device.slice(2)) : undefined);
  if (vni === undefined) {
    const port = tables.ports.values().find((row) => row.device === device);
    return port ? { table: 'ports', id: port.id } : null;
  }
  const segment = tables.segments.values().find((row) => row.vni === vni);
  if (segment === undefined) return null;
  return isServiceDevice(device) ? { table: 'dhcpServers', id: segment.id } : { table: 'segments', id: segment.id };
}
