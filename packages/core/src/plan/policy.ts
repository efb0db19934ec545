import type { Port } from '../model/port.ts';

/** The rules of a port, as a name that ports with the same rules share: its security groups, or that it is not guarded. */
export type Policy = string;

export const UNGUARDED: Policy = '*';

export function policyOf(port: Port): Policy {
  return port.portSecurity ? [...new Set(port.securityGroups)].sort().join(' ') : UNGUARDED;
}

export function groupsOf(policy: Policy): readonly string[] {
  return policy === UNGUARDED || policy === '' ? [] : policy.split(' ');
}
