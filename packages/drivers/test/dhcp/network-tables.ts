import { emptyTables } from '@netloom/core/tables/apply-delta';
import type {
  DhcpServerRow,
  HostTables,
  PortRow,
  RemoteRow,
  SegmentRow,
  SubnetRow,
} from '@netloom/core/tables/host-tables';

export const SERVER_MAC = 'fa:16:3e:00:00:02';

/** One network "n1" with VNI 5001 and, unless told otherwise, one IPv4 subnet "v4". */
export interface NetworkRows {
  readonly segment?: Partial<SegmentRow>;
  readonly server?: Partial<DhcpServerRow>;
  readonly subnets?: readonly SubnetRow[];
  readonly ports?: readonly PortRow[];
  readonly remotes?: readonly RemoteRow[];
}

export function networkTables(rows: NetworkRows = {}): HostTables {
  const segment: SegmentRow = { id: 'n1', vni: 5001, mtu: 1450, flood: 'none', ...rows.segment };
  const subnets = rows.subnets ?? [subnet4()];
  const server: DhcpServerRow = {
    id: 'n1',
    segment: 'n1',
    mac: SERVER_MAC,
    addresses: subnets.map(({ id, cidr }) => ({
      subnet: id,
      ip: cidr.replace(/(\.0|::)\/\d+$/, (_, end) => (end === '::' ? '::2' : '.2')),
    })),
    domain: 'shop.example',
    ...rows.server,
  };
  return {
    ...emptyTables(),
    segments: byId([segment]),
    subnets: byId(subnets),
    dhcpServers: byId([server]),
    ports: byId(rows.ports ?? []),
    remotes: byId(rows.remotes ?? []),
  };
}

export function subnet4(more: Partial<SubnetRow> = {}): SubnetRow {
  return {
    id: 'v4',
    segment: 'n1',
    cidr: '10.0.0.0/24',
    gateway: '10.0.0.1',
    dnsServers: [],
    routes: [],
    raMode: null,
    addressMode: null,
    ...more,
  };
}

export function subnet6(more: Partial<SubnetRow> = {}): SubnetRow {
  return subnet4({ id: 'v6', cidr: 'fd00:0:0:1::/64', gateway: null, ...more });
}

/** A port with addresses written "subnet ip". */
export function port(id: string, addresses: readonly string[], more: Partial<PortRow> = {}): PortRow {
  return {
    id,
    segment: 'n1',
    device: `tap${id}`,
    mac: macOf(id),
    addresses: addresses.map((text) => {
      const [subnet = '', ip = ''] = text.split(' ');
      return { subnet, ip };
    }),
    adminUp: true,
    hostname: id,
    dhcpOptions: [],
    guard: null,
    ...more,
  };
}

export function remote(id: string, ips: readonly string[]): RemoteRow {
  return { id, segment: 'n1', mac: macOf(id), ips, vtep: '172.31.0.2', hostname: id };
}

/** "web-7" has a MAC that ends with 07. */
export function macOf(id: string): string {
  const number = Number(/\d+$/.exec(id)?.[0] ?? 0);
  const tail = [number >> 16, (number >> 8) & 255, number & 255].map((byte) => byte.toString(16).padStart(2, '0'));
  return `fa:16:3f:${tail.join(':')}`;
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}
