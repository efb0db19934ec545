import type { Port } from '../model/port.ts';

/** The rules of a port, as a name that ports with the same rules share: its security groups and its firewall group, or that it is not guarded. */
export type Policy = string;

export const UNGUARDED: Policy = '*';

const BEFORE_FIREWALL = '|';

/** `firewall`: the group that it is a member of; nothing holds an unguarded port to one. */
export function policyOf(port: Port, firewall: string | null): Policy {
  if (!port.portSecurity) return UNGUARDED;
  const groups = [...new Set(port.securityGroups)].sort().join(' ');
  return firewall === null ? groups : `${groups}${BEFORE_FIREWALL}${firewall}`;
}

export function groupsOf(policy: Policy): readonly string[] {
  const [groups = ''] = policy.split(BEFORE_FIREWALL, 1);
  return policy === UNGUARDED || groups === '' ? [] : groups.split(' ');
}

export function firewallOf(policy: Policy): string | null {
  const at = policy.indexOf(BEFORE_FIREWALL);
  return at < 0 ? null : policy.slice(at + 1);
}
