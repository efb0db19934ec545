import type { ViewMessage } from '@netloom/api/link/messages';
import { toWireTables } from '@netloom/api/link/wire-tables';
import { applyDelta, emptyTables } from '@netloom/core/tables/apply-delta';
import type { HostTables, PortRow, RemoteRow, TablesDelta } from '@netloom/core/tables/host-tables';

export function portRow(id: string, changes: Partial<PortRow> = {}): PortRow {
  return {
    id,
    segment: 'n1',
    device: `tap${id}`,
    mac: 'fa:16:3e:00:00:01',
    addresses: [{ subnet: 's1', ip: '10.0.0.5' }],
    adminUp: true,
    hostname: `host-${id}`,
    dhcpOptions: [],
    guard: null,
    ...changes,
  };
}

export function remoteRow(id: string, vtep = '192.0.2.9'): RemoteRow {
  return { id, segment: 'n1', mac: 'fa:16:3e:00:00:02', ips: ['10.0.0.9'], vtep, hostname: `host-${id}` };
}

export function tablesOf(delta: TablesDelta): HostTables {
  return applyDelta(emptyTables(), delta);
}

export function viewOf(revision: number, delta: TablesDelta): ViewMessage {
  return { type: 'view', revision, tables: toWireTables(tablesOf(delta)) };
}

export function portsDelta(revision: number, upserts: PortRow[], deletes: string[] = []): ViewMessage {
  return { type: 'delta', revision, delta: { ports: { upserts, deletes } } };
}
