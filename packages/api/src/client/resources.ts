/** Resources as the wire has them (Networking v2.0), with the attributes that netloom's own tools use. */
export interface NetworkBody {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly status: string;
  readonly mtu: number;
  readonly subnets: readonly string[];
  readonly 'provider:segmentation_id'?: number;
}

export interface SubnetBody {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly cidr: string;
  readonly ip_version: 4 | 6;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
}

export interface PortBody {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly device_owner: string;
  readonly device_id: string;
  readonly 'binding:host_id'?: string;
}

export interface SecurityGroupBody {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly stateful: boolean;
  readonly security_group_rules: readonly { readonly id: string }[];
}

export interface SecurityGroupRuleBody {
  readonly id: string;
  readonly security_group_id: string;
}

export interface AddressGroupBody {
  readonly id: string;
  readonly name: string;
}

export interface HostBody {
  readonly name: string;
  readonly driver: string;
  readonly vtep: string | null;
  /** Shown once, when the host is made or its key rotated: "name/serial:hexkey". */
  readonly link_key?: string;
  readonly connected?: boolean;
}

/** Whether a revision is in effect on every host that it touches. */
export interface RealizationBody {
  readonly revision: number;
  readonly state: 'done' | 'pending' | 'error';
  readonly hosts: readonly {
    readonly host: string;
    readonly state: 'done' | 'pending' | 'error';
    readonly applied_revision: number;
    readonly connected: boolean;
  }[];
}

/** One row of a host's tables that is not in effect, and why. */
export interface StatusBody {
  readonly host: string;
  readonly table: string;
  readonly id: string;
  readonly state: 'pending' | 'error';
  readonly message: string;
}

export interface EventBody {
  readonly at: string;
  readonly host: string;
  readonly object: string;
  readonly found: string;
  readonly repaired: boolean;
  readonly message: string;
}

export interface TraceBody {
  readonly verdict: 'pass' | 'drop';
  readonly reason: string;
  /** Null when the packet passes. */
  readonly code: string | null;
  readonly steps: readonly {
    /** To the destination, or the reply's way back. */
    readonly way: 'there' | 'back';
    readonly host: string;
    readonly what: string;
    /** "table/id" of the host's row that decided it. */
    readonly row: string;
    /** The rule of that row, of filters and firewalls. */
    readonly rule?: string;
    readonly text: string;
  }[];
}

/** What a packet would be, for a trace. */
export interface TraceQuery {
  /** Port id of the sender. */
  readonly from: string;
  /** Address that it sends from, where that is not one of its own choice. */
  readonly source?: string;
  /** Address of the receiver. */
  readonly to: string;
  /** icmp, tcp, udp, sctp, or an IANA number. */
  readonly protocol: string;
  readonly port?: number;
  readonly source_port?: number;
  readonly icmp_type?: number;
  readonly icmp_code?: number;
}
