import { isTrusted } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY, SHARED, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, produced, text, type ValueType } from '../../resource/value-types.ts';
import { ensureDefault } from '../ensure-default.ts';
import { securityGroupInUse, securityGroupNotFound } from './security-group-errors.ts';

type GroupValues = Values & { id: string; project_id: string; name: string; stateful: boolean };

const DEFAULT_NAME = 'default';

/** Rules as they stand in the body of their group, with what the field's server shows only there. */
const RULES = `(SELECT coalesce(json_agg(json_build_object('id', r.id, 'tenant_id', r.project_id, 'security_group_id', r.security_group_id,
 'ethertype', r.ethertype, 'direction', r.direction, 'protocol', r.protocol, 'port_range_min', r.port_range_min,
 'port_range_max', r.port_range_max, 'remote_ip_prefix', r.remote_ip_prefix::text,
 'remote_address_group_id', r.remote_address_group_id, 'normalized_cidr', r.normalized_cidr::text,
 'remote_group_id', r.remote_group_id, 'standard_attr_id', r.serial, 'description', r.description, 'tags', ARRAY[]::text[],
 'created_at', ${timeOf('created_at')}, 'updated_at', ${timeOf('updated_at')}, 'revision_number', r.revision_number,
 'project_id', r.project_id) ORDER BY r.id), '[]') FROM security_group_rules r WHERE r.security_group_id = t.id)`;

function timeOf(column: string): string {
  return `to_char(r.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}

/** One name is taken: every project's own default group has it. */
const groupName: ValueType<string> = {
  ...text(),
  parse(value) {
    const name = text().parse(value);
    if (name.toLowerCase() !== DEFAULT_NAME) return name;
    throw new ApiError(409, 'SecurityGroupDefaultAlreadyExists', 'Default security group already exists.');
  },
};

/** Only RBAC policies share a group. */
const { create: _create, update: _update, default: _default, ...shared } = SHARED;

export function securityGroups(): Resource<GroupValues> {
  return {
    name: 'security_group',
    collection: 'security_groups',
    path: 'security-groups',
    table: 'security_groups',
    quota: 'security_group',
    rbac: 'security_group',
    notFound: securityGroupNotFound,
    access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      name: { ...IDENTITY.name, type: groupName },
      stateful: { type: bool, create: true, update: true, default: true, filter: true },
      shared,
      security_group_rules: { type: produced({ type: 'array' }), column: null, select: RULES },
      ...STANDARD,
    },
    conflicts: { port_security_groups_security_group_id_fkey: ({ key }) => securityGroupInUse(key[0] ?? '') },
    beforeList: ensureDefault('default_security_group'),
    rules: { beforeCreate, afterCreate, beforeUpdate, beforeDelete: oneByOne(beforeDelete) },
  };
}

/** The default group of a project is always its first one. */
async function beforeCreate(items: readonly GroupValues[], { tx }: RuleContext): Promise<void> {
  const projects = [...new Set(items.map((item) => item.project_id))].sort();
  await tx.query('SELECT default_security_group(project) FROM unnest($1::text[]) AS project', [projects]);
}

async function afterCreate(_made: readonly GroupValues[], context: RuleContext): Promise<void> {
  context.reread();
}

async function beforeUpdate(old: GroupValues, changes: Partial<GroupValues>, { tx }: RuleContext): Promise<void> {
  if (changes.stateful !== undefined && changes.stateful !== old.stateful) {
    // Whoever is about to give the group to a port holds it against this lock.
    await tx.query('SELECT FROM security_groups WHERE id = $1 FOR UPDATE', [old.id]);
    if (await isInUse(old.id, tx)) throw securityGroupInUse(old.id);
  }
  if (old.name === DEFAULT_NAME && changes.name !== undefined) {
    throw new ApiError(409, 'SecurityGroupCannotUpdateDefault', 'Updating default security group not allowed.');
  }
}

async function beforeDelete(old: GroupValues, { tx, caller }: RuleContext): Promise<void> {
  if (old.name !== DEFAULT_NAME || isTrusted(caller)) return;
  if (await isInUse(old.id, tx)) throw securityGroupInUse(old.id);
  throw new ApiError(
    409,
    'SecurityGroupCannotRemoveDefault',
    'Insufficient rights for removing default security group.',
  );
}

async function isInUse(id: string, tx: RuleContext['tx']): Promise<boolean> {
  const ports = await tx.query('SELECT FROM port_security_groups WHERE security_group_id = $1 LIMIT 1', [id]);
  return ports.length > 0;
}
