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
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly remote_address_group_id: string | null;
}

export interface AddressGroupBody {
  readonly id: string;
  readonly name: string;
}

export interface FirewallRuleBody {
  readonly id: string;
  readonly name: string;
}

export interface FirewallPolicyBody {
  readonly id: string;
  readonly name: string;
  /** Ids, in the order in which they are asked. */
  readonly firewall_rules: readonly string[];
}

export interface FirewallGroupBody {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly ports: readonly string[];
  readonly ingress_firewall_policy_id: string | null;
  readonly egress_firewall_policy_id: string | null;
}

export interface RouterBody {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[];
}

export interface FloatingIpBody {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly router_id: string | null;
  readonly port_id: string | null;
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

/** What one rule of a security group has decided on one host. */
export interface RuleHitBody {
  readonly rule: string;
  readonly security_group: string;
  readonly host: string;
  readonly packets: number;
  readonly bytes: number;
}

export interface RuleHitsBody {
  readonly hits: readonly RuleHitBody[];
  /** Hosts that carry a group asked for, and did not answer. */
  readonly unanswered: readonly string[];
}

export interface LogBody {
  readonly id: string;
  readonly name: string;
  readonly resource_type: string;
  readonly resource_id: string | null;
  readonly target_id: string | null;
  readonly event: 'ACCEPT' | 'DROP' | 'ALL';
  readonly enabled: boolean;
}

/** A packet that a log asked for; of "LOST" only host and number are known. */
export interface LogEventBody {
  readonly id: number;
  readonly at: string;
  readonly host: string;
  readonly event: 'ACCEPT' | 'DROP' | 'LOST';
  readonly packets: number;
  readonly port_id: string | null;
  readonly direction: 'ingress' | 'egress' | null;
  readonly security_group_id: string | null;
  readonly security_group_rule_id: string | null;
  readonly protocol: number | null;
  readonly source: string | null;
  readonly destination: string | null;
  readonly source_port: number | null;
  readonly destination_port: number | null;
  readonly icmp_type: number | null;
  readonly icmp_code: number | null;
  readonly bytes: number | null;
}

export interface LogEventsBody {
  /** The newest last. */
  readonly events: readonly LogEventBody[];
  /** What to read on from, as "since". */
  readonly next: number;
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

/** A trace, and what became of the packet when it was really sent. */
export interface LiveTraceBody {
  readonly trace: TraceBody;
  readonly live: {
    /** The packet in words; null when none could be sent, for the reason in `text`. */
    readonly sent: string | null;
    readonly verdict: 'pass' | 'drop' | null;
    /** Of the reply; null when none was seen. */
    readonly reply: 'pass' | 'drop' | null;
    /** Whether trace and data plane say the same; null when nothing was sent. */
    readonly agrees: boolean | null;
    readonly text: string;
    readonly steps: readonly {
      readonly way: 'there' | 'back';
      readonly host: string;
      readonly what: string;
      readonly verdict: 'pass' | 'drop';
      /** "table/id", as in steps of the trace; null for what is not ours. */
      readonly row: string | null;
      readonly rule?: string;
      readonly text: string;
    }[];
  };
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

/** A request of the Networking API that is to be planned. */
export interface PlannedChange {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** "/v2.0/security-group-rules"; "$web" in it, and in the body, is the object that a change `as` "web" makes. */
  readonly path: string;
  readonly body?: unknown;
  readonly as?: string;
}

/** Packets that become possible, or impossible, between any of `from` and any of `to`. */
export interface FlowBody {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Where only one family is meant of ports that have both. */
  readonly family: 'v4' | 'v6' | null;
  readonly packets: string;
  /** All of it in one line: "web -> db tcp/5432". */
  readonly text: string;
}

/** What changes would do. */
export interface PlanBody {
  readonly revision: number;
  /** Null for those who are no admins. */
  readonly hosts:
    | readonly {
        readonly host: string;
        readonly rows: readonly {
          readonly table: string;
          readonly id: string;
          readonly change: 'add' | 'update' | 'remove';
        }[];
      }[]
    | null;
  readonly flows: { readonly gained: readonly FlowBody[]; readonly lost: readonly FlowBody[] };
}

/** The first change that the controller would refuse. */
export interface PlanRefusal {
  /** Its place in the list, from 0; null when the plan itself is refused. */
  readonly change: number | null;
  readonly status: number;
  readonly type: string;
  readonly message: string;
}
