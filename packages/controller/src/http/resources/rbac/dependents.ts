import type { Queryable } from '../../../store/store.ts';
import { ALL, type Grant } from './grants.ts';

/** SQL for the projects that use an object ($1) thanks to its being shared, by its type. */
const SHARED: Readonly<Record<string, string>> = {
  network: `SELECT project_id FROM ports WHERE network_id = $1 AND device_owner NOT LIKE 'network:%'
 UNION SELECT project_id FROM subnets WHERE network_id = $1`,
  security_group: `SELECT p.project_id FROM ports p JOIN port_security_groups b ON b.port_id = p.id WHERE b.security_group_id = $1`,
  address_scope: 'SELECT project_id FROM subnetpools WHERE address_scope_id = $1',
  subnetpool: 'SELECT project_id FROM subnets WHERE subnetpool_id = $1',
  address_group: 'SELECT project_id FROM security_group_rules WHERE remote_address_group_id = $1',
  qos_policy: `SELECT project_id FROM ports WHERE qos_policy_id = $1 UNION SELECT project_id FROM networks WHERE qos_policy_id = $1
 UNION SELECT project_id FROM floatingips WHERE qos_policy_id = $1
 UNION SELECT project_id FROM routers WHERE gateway_qos_policy_id = $1`,
};

/** The same for networks that are external to them. */
const EXTERNAL = `SELECT r.project_id FROM ports p JOIN routers r ON r.gw_port_id = p.id WHERE p.network_id = $1`;

/** A project that uses the object and would lose it with only policies for the `remaining` targets; undefined when there is none. */
export async function strandedProject(
  tx: Queryable,
  { objectType, object, action }: Grant,
  remaining: readonly string[],
): Promise<string | undefined> {
  const users = action === 'access_as_external' ? EXTERNAL : SHARED[objectType];
  if (users === undefined || remaining.includes(ALL)) return undefined;
  // Its own project sees a network without any policy, but a network that is external to nobody leads nowhere.
  const open = action === 'access_as_external' ? remaining : [...remaining, object.project_id];
  const [first] = await tx.query<{ project_id: string }>(
    `SELECT u.project_id FROM (${users}) u WHERE u.project_id <> ALL($2::text[]) ORDER BY 1 LIMIT 1`,
    [object.id, [...open, '']],
  );
  return first?.project_id;
}
