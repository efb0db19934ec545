/** Policies for what comes in and goes out through its ports. A direction without a policy lets nothing through. */
export interface FirewallGroup {
  readonly id: string;
  /** False: lets nothing through in either direction, whatever its policies say. */
  readonly adminStateUp: boolean;
  /** As seen from the port: "ingress" is what the workload gets. */
  readonly ingressPolicy: string | null;
  readonly egressPolicy: string | null;
}

/** Membership of one port; no port has two. Id: the port's. */
export interface FirewallGroupPort {
  readonly id: string;
  readonly groupId: string;
}

export interface FirewallPolicy {
  readonly id: string;
  /** Ids of its rules: the first that fits a packet decides, and nothing fitting is denied. */
  readonly rules: readonly string[];
}

/** A policy's rule: which packets, and what becomes of them. */
export interface FirewallPolicyRule {
  readonly id: string;
  /** False: as if it stood in no policy. */
  readonly enabled: boolean;
  readonly action: 'allow' | 'deny' | 'reject';
  readonly family: 4 | 6;
  /** IANA protocol number; null for any. */
  readonly protocol: number | null;
  /** Canonical prefixes, null for any. */
  readonly source: string | null;
  readonly destination: string | null;
  /** First and last port, null for any. */
  readonly sourcePorts: readonly [number, number] | null;
  readonly destinationPorts: readonly [number, number] | null;
}
