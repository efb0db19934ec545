/** A named list of rules for ports. What no rule of a port's groups allows is dropped. */
export interface SecurityGroup {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  /** False: replies need a rule of their own. */
  readonly stateful: boolean;
}

/** Allows what fits all of it. */
export interface SecurityGroupRule {
  readonly id: string;
  readonly groupId: string;
  /** As seen from the port: "ingress" is what the workload gets. */
  readonly direction: 'ingress' | 'egress';
  readonly family: 4 | 6;
  /** IANA protocol number; null for any. */
  readonly protocol: number | null;
  /** Destination ports, both inclusive; of ICMP type and code. Null fits any. */
  readonly min: number | null;
  readonly max: number | null;
  readonly remote: RuleRemote;
}

/** The other end: any, a canonical prefix, the ports of a security group, or the entries of an address group. */
export type RuleRemote =
  | { readonly kind: 'any' }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'addressGroup'; readonly group: string };
