import type { Model } from '@netloom/core/compile/weave';
import type { Port } from '@netloom/core/model/port';
import { CLOUD, cloud } from './cloud.ts';
import { group, rule } from './objects.ts';

/** Ports of the group "web"; the others are of the group "quiet", and each host has some of both. */
export const MEMBERS = 10_000;

/** Members of the group "web" on each host. */
export const MEMBERS_ON_HOST = MEMBERS / CLOUD.hosts;

/**
 * The whole cloud, guarded. The rules of "web" name "web" itself, so all hosts see all its members; those of "quiet" name nothing, and
 * no rule at all names "quiet".
 */
export function guardedCloud(): Model {
  const seen = new Map<string | null, number>();
  const membership = (port: Port): Port => {
    const before = seen.get(port.host) ?? 0;
    seen.set(port.host, before + 1);
    if (port.host === null) return { ...port, portSecurity: false };
    return { ...port, securityGroups: [before < MEMBERS_ON_HOST ? 'web' : 'quiet'] };
  };
  const bare = cloud();
  return {
    ...bare,
    ports: bare.ports.map(membership),
    securityGroups: [group('web'), group('quiet')],
    securityGroupRules: [
      rule('web-in', 'web', { remote: { kind: 'group', group: 'web' } }),
      rule('web-out', 'web', { direction: 'egress' }),
      rule('quiet-in', 'quiet', { protocol: 6, min: 22, max: 22 }),
    ],
  };
}
