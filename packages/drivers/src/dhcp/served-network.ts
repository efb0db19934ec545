import type { DhcpServerRow, PortRow, RemoteRow, SegmentRow } from '@netloom/core/tables/host-tables';
import type { ServedSubnet } from './served-subnet.ts';

/** All rows of one network that its server is made of; lists in the order of their ids. */
export interface ServedNetwork {
  readonly segment: SegmentRow;
  readonly server: DhcpServerRow;
  readonly subnets: readonly ServedSubnet[];
  /** Local ports that get something from one of the subnets. */
  readonly clients: readonly PortRow[];
  readonly ports: readonly PortRow[];
  readonly remotes: readonly RemoteRow[];
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** True for a text that may stand in dnsmasq's files as one label of a name. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** The server's domain, or nothing when dnsmasq could not read it. */
export function domainOf(server: DhcpServerRow): string {
  return server.domain.split('.').every(isLabel) ? server.domain : '';
}

/** Marks what is said to one port only. */
export function portTag(port: PortRow): string {
  return `port-${port.id}`;
}
