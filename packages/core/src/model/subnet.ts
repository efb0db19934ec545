/** How IPv6 addresses reach a workload (Networking v2.0: ipv6_ra_mode, ipv6_address_mode); null for IPv4 or "by other means". */
export type Ipv6Mode = 'slaac' | 'dhcpv6-stateless' | 'dhcpv6-stateful' | null;

/** A block of addresses on a network. */
export interface Subnet {
  readonly id: string;
  readonly networkId: string;
  /** Canonical prefix, "10.0.0.0/24" or "fd00::/64". */
  readonly cidr: string;
  readonly gatewayIp: string | null;
  readonly enableDhcp: boolean;
  readonly dnsNameservers: readonly string[];
  readonly hostRoutes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly ipv6RaMode: Ipv6Mode;
  readonly ipv6AddressMode: Ipv6Mode;
}
