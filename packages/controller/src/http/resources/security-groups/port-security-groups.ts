import { holdsSql } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { factColumns } from '../../resource/selection.ts';
import { uuidList } from '../../resource/uuid-list-type.ts';
import { canonicalUuid } from '../../resource/value-types.ts';
import type { Mixin } from '../feature.ts';
import { securityGroupNotFound } from './security-group-errors.ts';

type SecuredPort = Values & { id: string; security_groups?: readonly string[] };

/** Not given: the default group of the port's project, which the database knows (settle_port_security). */
const SECURITY_GROUPS: Attribute = {
  type: uuidList,
  create: true,
  update: true,
  filter(values, bind) {
    const ids = values.map(canonicalUuid).filter((id) => id !== undefined);
    return `t.id IN (SELECT b.port_id FROM port_security_groups b WHERE b.security_group_id = ANY(${bind(ids)}::uuid[]))`;
  },
};

/** What security groups add to ports. */
export function portSecurityGroups(groups: Resource): Mixin {
  return {
    attributes: { security_groups: SECURITY_GROUPS },
    conflicts: {
      port_security_groups_security_group_id_fkey: ({ key }) => securityGroupNotFound(key[0] ?? ''),
      ports_groups_need_security: ({ values }) => needSecurity(values),
    },
    rules: {
      async beforeCreate(items: readonly SecuredPort[], context: RuleContext) {
        await checkGroups(groups, items, context);
      },
      async beforeUpdate(_old: SecuredPort, changes: Partial<SecuredPort>, context: RuleContext) {
        await checkGroups(groups, [changes], context);
      },
    },
  };
}

/** Whoever gives groups to ports must see them, and a port has groups of one kind only. */
async function checkGroups(
  groups: Resource,
  ports: readonly Partial<SecuredPort>[],
  { tx, caller }: RuleContext,
): Promise<void> {
  const wanted = [...new Set(ports.flatMap((port) => port.security_groups ?? []))].sort();
  if (wanted.length === 0) return;
  const values: unknown[] = [wanted];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const visible = holdsSql(groups.access.read, caller, { facts: factColumns(groups), bind });
  // Held until the ports are written, lest a group changes its kind meanwhile.
  const rows = await tx.query<{ id: string; stateful: boolean }>(
    `SELECT t.id, t.stateful FROM ${groups.table} t WHERE t.id = ANY($1::uuid[]) AND ${visible} ORDER BY t.id FOR KEY SHARE OF t`,
    values,
  );
  const stateful = new Map(rows.map((row) => [row.id, row.stateful]));
  for (const { security_groups: ids = [] } of ports) {
    const missing = ids.filter((id) => !stateful.has(id));
    if (missing.length > 0) throw securityGroupNotFound(missing.join(', '));
    if (new Set(ids.map((id) => stateful.get(id))).size > 1) throw mixedGroups();
  }
}

function mixedGroups(): ApiError {
  const reason = 'Cannot apply both stateful and stateless security groups on the same port at the same time';
  return new ApiError(409, 'SecurityGroupConflict', `Error ${reason} while attempting the operation.`);
}

/** Groups are given to a port that is not secured; or a port that has groups is no longer to be secured. */
function needSecurity(written: readonly Values[]): ApiError {
  const given = written.some((port) => Array.isArray(port['security_groups']) && port['security_groups'].length > 0);
  return given
    ? new ApiError(
        400,
        'PortSecurityAndIPRequiredForSecurityGroups',
        'Port security must be enabled and port must have an IP address in order to use security groups.',
      )
    : new ApiError(
        409,
        'PortSecurityPortHasSecurityGroup',
        'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
      );
}
