import type { AddressGroupEntry } from './address-group.ts';
import type { FirewallGroup, FirewallGroupPort, FirewallPolicy, FirewallPolicyRule } from './firewall.ts';
import type { Host } from './host.ts';
import type { Log } from './log.ts';
import type { Network } from './network.ts';
import type { Port } from './port.ts';
import type { FloatingIp, Router } from './router.ts';
import type { SecurityGroup, SecurityGroupRule } from './security-group.ts';
import type { Subnet } from './subnet.ts';

/** Resources that the compiler reads, by kind. A host's id is its name. */
export interface ModelKinds {
  readonly network: Network;
  readonly subnet: Subnet;
  readonly port: Port;
  readonly host: Host;
  readonly securityGroup: SecurityGroup;
  readonly securityGroupRule: SecurityGroupRule;
  readonly addressGroupEntry: AddressGroupEntry;
  readonly firewallGroup: FirewallGroup;
  readonly firewallGroupPort: FirewallGroupPort;
  readonly firewallPolicy: FirewallPolicy;
  readonly firewallRule: FirewallPolicyRule;
  readonly log: Log;
  readonly router: Router;
  readonly floatingIp: FloatingIp;
}

export type Kind = keyof ModelKinds;

/** One object as it is after a change; `object` null once it is gone. */
export type Change = {
  readonly [K in Kind]: { readonly kind: K; readonly id: string; readonly object: ModelKinds[K] | null };
}[Kind];
