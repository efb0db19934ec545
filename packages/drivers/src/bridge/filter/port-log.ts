import type { HostTables, LogRow, PortRow } from '@netloom/core/tables/host-tables';

/** What is logged of a port. */
export interface PortLog {
  readonly device: string;
  /** Rows of `filters` whose rules' flows are logged, sorted. */
  readonly accepts: readonly string[];
  readonly drops: boolean;
}

/** What the rows of `logs` ask for, by port; ports of which nothing is logged are absent. */
export function portLogs({ ports, logs }: Pick<HostTables, 'ports' | 'logs'>): ReadonlyMap<string, PortLog> {
  const rows = Map.groupBy(logs.values(), ({ port }) => port);
  const found = new Map<string, PortLog>();
  for (const [id, wanted] of rows) {
    const port = ports.get(id);
    if (port?.guard && isPrefixWord(port.device)) found.set(id, portLog(port, port.guard.filters, wanted));
  }
  return found;
}

function portLog({ device }: PortRow, filters: readonly string[], wanted: readonly LogRow[]): PortLog {
  const accepting = wanted.filter(({ event }) => event !== 'DROP');
  const accepts = filters.filter((id) => accepting.some(({ filter }) => filter === null || filter === id));
  return { device, accepts, drops: wanted.some(({ event }) => event !== 'ACCEPT') };
}

function isPrefixWord(device: string): boolean {
  return /^[\w.-]{1,15}$/.test(device);
}
