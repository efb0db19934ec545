import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext } from '../../resource/definition.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { choice, integer, text, type ValueType } from '../../resource/value-types.ts';
import { ensureDefaultGroup } from './default-group.ts';
import { idOf, idOrNone, remotePrefix, ruleEthertype, rulePort, ruleProtocol } from './rule-types.ts';
import { addressGroupNotFound, ruleExists, securityGroupNotFound } from './security-group-errors.ts';
import { type RuleValues, settleRule } from './settle-rule.ts';

const HIGHEST_PROTOCOL = 255;

/** Rules of `groups`. */
export function securityGroupRules({
  groups,
  addressGroups,
}: {
  groups: Resource;
  addressGroups: Resource;
}): Resource<RuleValues> {
  return {
    name: 'security_group_rule',
    collection: 'security_group_rules',
    path: 'security-group-rules',
    table: 'security_group_rules',
    quota: 'security_group_rule',
    notFound: (id) => new ApiError(404, 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`),
    // What others may see of a group they may not open: a rule comes from whoever owns the group.
    access: { read: ['owner', 'network_owner'], create: ['network_owner'], update: [], delete: ['owner'] },
    facts: { networkProject: '(SELECT g.project_id FROM security_groups g WHERE g.id = t.security_group_id)' },
    attributes: {
      id: IDENTITY.id,
      project_id: IDENTITY.project_id,
      security_group_id: {
        type: idOf(securityGroupNotFound),
        create: true,
        required: true,
        filter: true,
        sort: true,
        // Rules of one group are made one after the other, so that no two of them are the same.
        references: { resource: groups, lock: true, isNetwork: true },
      },
      ethertype: { type: ruleEthertype, create: true, default: 'IPv4', filter: true, sort: true },
      direction: { type: choice('ingress', 'egress'), create: true, required: true, filter: true, sort: true },
      protocol: { type: ruleProtocol, create: true, default: null, filter: true, sort: true },
      protocol_number: { type: integer(0, HIGHEST_PROTOCOL), seen: 'never' },
      port_range_min: { type: rulePort, create: true, default: null, filter: true, sort: true },
      port_range_max: { type: rulePort, create: true, default: null, filter: true, sort: true },
      remote_ip_prefix: {
        type: remotePrefix,
        create: true,
        default: null,
        select: 't.remote_ip_prefix::text',
        filter: true,
        sort: true,
      },
      remote_address_group_id: {
        type: idOrNone(addressGroupNotFound),
        create: true,
        default: null,
        filter: true,
        sort: true,
        references: { resource: addressGroups },
      },
      normalized_cidr: {
        type: remotePrefix as ValueType,
        generated: true,
        select: 't.normalized_cidr::text',
        filter: true,
        sort: true,
      },
      remote_group_id: {
        type: idOrNone(securityGroupNotFound),
        create: true,
        default: null,
        filter: true,
        sort: true,
        references: { resource: groups },
      },
      description: { type: text(), create: true, default: '', filter: true, sort: true },
      created_at: STANDARD.created_at,
      updated_at: STANDARD.updated_at,
      revision_number: STANDARD.revision_number,
    },
    conflicts: {
      security_group_rules_security_group_id_fkey: ({ key }) => securityGroupNotFound(key[0] ?? ''),
      security_group_rules_remote_group_id_fkey: ({ key }) => securityGroupNotFound(key[0] ?? ''),
      security_group_rules_remote_address_group_id_fkey: ({ key }) => addressGroupNotFound(key[0] ?? ''),
    },
    beforeList: ensureDefaultGroup,
    rules: { beforeCreate, beforeDelete },
  };
}

async function beforeCreate(items: readonly RuleValues[], { tx }: RuleContext): Promise<void> {
  const seen = new Map<string, string>();
  for (const item of items) {
    settleRule(item);
    const same = sameness(item);
    const other = seen.get(same);
    if (other !== undefined) throw ruleExists(other);
    seen.set(same, item.id);
  }
  // The group is part of what changes: its revision moves on. One statement also looks for rules that are there already.
  const [existing] = await tx.query<{ id: string }>(
    `WITH touched AS (
 UPDATE security_groups SET updated_at = now(), revision_number = revision_number + 1 WHERE id = ANY($2::uuid[]))
 SELECT r.id FROM jsonb_populate_recordset(NULL::security_group_rules, $1::jsonb) AS new
 JOIN security_group_rules r ON r.security_group_id = new.security_group_id AND r.direction = new.direction
 AND r.ethertype = new.ethertype AND r.protocol_number IS NOT DISTINCT FROM new.protocol_number
 AND (coalesce(r.protocol, '') = 'hopopt') = (coalesce(new.protocol, '') = 'hopopt')
 AND r.port_range_min IS NOT DISTINCT FROM new.port_range_min AND r.port_range_max IS NOT DISTINCT FROM new.port_range_max
 AND CASE WHEN masklen(r.remote_ip_prefix) > 0 THEN r.remote_ip_prefix END
 IS NOT DISTINCT FROM CASE WHEN masklen(new.remote_ip_prefix) > 0 THEN new.remote_ip_prefix END
 AND r.remote_group_id IS NOT DISTINCT FROM new.remote_group_id
 AND r.remote_address_group_id IS NOT DISTINCT FROM new.remote_address_group_id LIMIT 1`,
    [JSON.stringify(items), [...new Set(items.map((item) => item.security_group_id))].sort()],
  );
  if (existing !== undefined) throw ruleExists(existing.id);
}

/** Alike for two rules of a group that are the same: what the index security_group_rules_same says. */
function sameness(rule: RuleValues): string {
  const anywhere = rule.remote_ip_prefix?.endsWith('/0');
  return JSON.stringify([
    rule.security_group_id,
    rule.direction,
    rule.ethertype,
    rule.protocol_number,
    rule.protocol === 'hopopt',
    rule.port_range_min,
    rule.port_range_max,
    anywhere ? null : rule.remote_ip_prefix,
    rule.remote_group_id,
    rule.remote_address_group_id,
  ]);
}

async function beforeDelete(old: RuleValues, { tx }: RuleContext): Promise<void> {
  await tx.query('UPDATE security_groups SET updated_at = now(), revision_number = revision_number + 1 WHERE id = $1', [
    old.security_group_id,
  ]);
}
