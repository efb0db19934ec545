import { isTrusted } from '../../access.ts';
import type { Attribute, Resource, RuleContext, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { uuidList } from '../../resource/uuid-list-type.ts';
import { bool, canonicalUuid, nullable, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { DEFAULT_GROUP, ensureDefaultGroup, removeDefaultPolicies } from './default-group.ts';
import {
  cannotRemoveDefault,
  defaultIsFixed,
  groupInUse,
  groupNotFound,
  policyConflict,
  policyInUse,
  portsInUse,
  reservedName,
} from './firewall-errors.ts';
import { checkPorts, writePorts } from './group-ports.ts';
import { GROUP_STATUS, startChange } from './group-status.ts';
import { SHARED_FACTS, SHARED_FLAG } from './shared-flag.ts';

type GroupValues = Values & {
  id: string;
  project_id: string;
  name: string;
  ports: readonly string[];
  ingress_firewall_policy_id: string | null;
  egress_firewall_policy_id: string | null;
};

const POLICIES = ['ingress_firewall_policy_id', 'egress_firewall_policy_id'] as const;

/** What makes a difference to hosts. */
const IN_EFFECT = ['admin_state_up', 'ports', ...POLICIES];

/** What members cannot change about the default group. */
const FIXED = ['name', 'description', 'admin_state_up', ...POLICIES];

/** Firewall groups: the policies for what comes in and goes out through some ports. */
export function firewallGroups(base: Built): Resource<GroupValues> {
  return {
    name: 'firewall_group',
    collection: 'firewall_groups',
    path: 'fwaas/firewall_groups',
    table: 'firewall_groups',
    quota: 'firewall_group',
    notFound: groupNotFound,
    access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    facts: SHARED_FACTS,
    attributes: {
      ...IDENTITY,
      description: STANDARD.description,
      admin_state_up: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
      status: { type: text(), column: null, select: GROUP_STATUS, filter: true, sort: true },
      shared: SHARED_FLAG,
      ports: portsAttribute(base),
      ingress_firewall_policy_id: policyAttribute(base),
      egress_firewall_policy_id: policyAttribute(base),
      created_at: STANDARD.created_at,
      updated_at: STANDARD.updated_at,
      revision_number: STANDARD.revision_number,
    },
    conflicts: {
      firewall_group_ports_key: ({ key }) => portsInUse(key),
      firewall_group_ports_port_fkey: ({ key }) => base.get('port').notFound(key[0] ?? ''),
      // Another project's group has the policy of a default group that is to go.
      firewall_groups_ingress_fkey: ({ key }) => policyInUse(key[0] ?? ''),
      firewall_groups_egress_fkey: ({ key }) => policyInUse(key[0] ?? ''),
    },
    beforeList: ensureDefaultGroup,
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) {
          checkPolicies(item, item.project_id, context);
          await checkPorts(item.id, item.ports, context);
          if (item.name === DEFAULT_GROUP) throw reservedName('Group', item.name);
        }
        await startChange(context.tx);
        const projects = [...new Set(items.map((item) => item.project_id))].sort();
        await context.tx.query('SELECT default_firewall_group(project) FROM unnest($1::text[]) AS project', [projects]);
      },
      async afterCreate(_made, context) {
        const items = (context.items as readonly GroupValues[]).filter((item) => item.ports.length > 0);
        for (const item of items) await writePorts(context.tx, item.id, item.ports);
        if (items.length > 0) context.reread();
      },
      async beforeUpdate(old, changes, context) {
        checkPolicies(changes, old.project_id, context);
        if (changes.ports !== undefined) await checkPorts(old.id, changes.ports, context);
        if (IN_EFFECT.some((name) => changes[name] !== undefined)) await startChange(context.tx);
        if (changes.name === DEFAULT_GROUP) throw reservedName('Group', changes.name);
        if (old.name !== DEFAULT_GROUP) return;
        const fixed = isTrusted(context.caller) ? ['name'] : FIXED;
        if (fixed.some((name) => changes[name] !== undefined)) throw defaultIsFixed(old.id);
      },
      async afterUpdate(old, _made, context) {
        const [changes = {}] = context.items as readonly Partial<GroupValues>[];
        if (changes.ports === undefined) return;
        await writePorts(context.tx, old.id, changes.ports);
        context.reread();
      },
      beforeDelete: oneByOne(async (old, { tx, caller }) => {
        if (old.ports.length > 0) throw groupInUse(old.id);
        if (old.name !== DEFAULT_GROUP) return;
        if (!isTrusted(caller)) throw cannotRemoveDefault();
        await tx.query('DELETE FROM firewall_groups WHERE id = $1', [old.id]);
        await removeDefaultPolicies(
          tx,
          POLICIES.map((name) => old[name]).filter((id) => id !== null),
        );
      }),
    },
  };
}

function policyAttribute(base: Built): Attribute {
  return {
    type: nullable(uuid),
    create: true,
    update: true,
    default: null,
    filter: true,
    sort: true,
    references: {
      resource: base.get('firewall_policy'),
      also: { shared: 't.shared', project_id: 't.project_id' },
      lock: true,
    },
  };
}

function portsAttribute(base: Built): Attribute {
  return {
    type: uuidList,
    create: true,
    update: true,
    default: [],
    column: null,
    select: `(SELECT coalesce(jsonb_agg(b.port_id ORDER BY b.port_id), '[]') FROM firewall_group_ports b WHERE b.firewall_group_id = t.id)`,
    filter(values, bind) {
      const ids = values.map(canonicalUuid).filter((id) => id !== undefined);
      return `t.id IN (SELECT b.firewall_group_id FROM firewall_group_ports b WHERE b.port_id = ANY(${bind(ids)}::uuid[]))`;
    },
    references: {
      resource: base.get('port'),
      also: { device_owner: 't.device_owner', host: 't.host', secured: 't.port_security_enabled' },
      lock: true,
    },
  };
}

/** A group uses policies of its own project and shared ones. */
function checkPolicies(group: Partial<GroupValues>, project: string, { referenced }: RuleContext): void {
  for (const name of POLICIES) {
    const id = group[name];
    if (typeof id !== 'string') continue;
    const policy = referenced.get(name)?.get(id);
    if (policy?.['shared'] !== true && policy?.['project_id'] !== project) throw policyConflict(id);
  }
}
