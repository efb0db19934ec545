/** A virtual layer-2 network, carried between hosts by one VXLAN segment. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  /** False takes the network out of service: no host carries it. */
  readonly adminStateUp: boolean;
  /** Largest IP packet of a workload, in bytes. */
  readonly mtu: number;
  /** VXLAN network identifier, 1 to 16777215 (RFC 7348). */
  readonly vni: number;
  /** Where frames to unknown or group addresses go: nowhere, or copied to every host of the network (head-end replication). */
  readonly flood: 'none' | 'head-end';
  /** Domain for names of its ports, without the closing dot; empty for the installation's own. */
  readonly dnsDomain: string;
}
