import type { Attribute, Resource, Values } from '../../resource/definition.ts';
import { addressOrPrefix, familyOf } from '../../resource/prefix-types.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, canonicalUuid, choice, nullable, produced } from '../../resource/value-types.ts';
import { ensureDefaultGroup } from './default-group.ts';
import { addressConflict, portsOfProtocol, protocolRequired, ruleInUse, ruleNotFound } from './firewall-errors.ts';
import { action, portRange, protocol } from './rule-types.ts';
import { SHARED_FACTS, SHARED_FLAG } from './shared-flag.ts';

const OPEN = { create: true, update: true, filter: true, sort: true } as const;

/** The policies that have the rule; null when none does. */
const POLICIES: Attribute = {
  type: nullable(produced({ type: 'array', items: { type: 'string', format: 'uuid' } })),
  column: null,
  select: `(SELECT jsonb_agg(b.firewall_policy_id ORDER BY b.firewall_policy_id) FROM firewall_policy_rules b
 WHERE b.firewall_rule_id = t.id)`,
  filter(values, bind) {
    const ids = values.map(canonicalUuid).filter((id) => id !== undefined);
    return `t.id IN (SELECT b.firewall_rule_id FROM firewall_policy_rules b WHERE b.firewall_policy_id = ANY(${bind(ids)}::uuid[]))`;
  },
};

/** Firewall rules: which packets, and what becomes of them. Policies put them in order. */
export const firewallRules: Resource = {
  name: 'firewall_rule',
  collection: 'firewall_rules',
  path: 'fwaas/firewall_rules',
  table: 'firewall_rules',
  quota: 'firewall_rule',
  notFound: ruleNotFound,
  access: { read: ['owner', 'shared'], create: ['owner'], update: ['owner'], delete: ['owner'] },
  facts: SHARED_FACTS,
  attributes: {
    ...IDENTITY,
    description: STANDARD.description,
    firewall_policy_id: POLICIES,
    shared: SHARED_FLAG,
    protocol: { type: protocol, default: null, ...OPEN },
    ip_version: { type: choice(4, 6), default: 4, ...OPEN },
    source_ip_address: { type: nullable(addressOrPrefix), default: null, ...OPEN },
    destination_ip_address: { type: nullable(addressOrPrefix), default: null, ...OPEN },
    source_port: { type: portRange, default: null, ...OPEN },
    destination_port: { type: portRange, default: null, ...OPEN },
    action: { type: action, default: 'deny', ...OPEN },
    enabled: { type: bool, default: true, ...OPEN },
    created_at: STANDARD.created_at,
    updated_at: STANDARD.updated_at,
    revision_number: STANDARD.revision_number,
  },
  conflicts: { firewall_policy_rules_rule_fkey: ({ values }) => ruleInUse(String(values[0]?.['id'])) },
  beforeList: ensureDefaultGroup,
  rules: {
    async beforeCreate(items) {
      for (const item of items) checkParts(item);
    },
    async beforeUpdate(old, changes) {
      checkParts({ ...old, ...changes });
    },
    async afterUpdate(old, _made, { tx }) {
      // What somebody has looked over is not what it was.
      await tx.query(
        `UPDATE firewall_policies p SET audited = false, updated_at = now(), revision_number = revision_number + 1
 FROM firewall_policy_rules b WHERE b.firewall_policy_id = p.id AND b.firewall_rule_id = $1`,
        [old['id']],
      );
    },
  },
};

/** Throws 400 when the parts of a rule do not go together. */
function checkParts(rule: Values): void {
  const hasPorts = rule['source_port'] !== null || rule['destination_port'] !== null;
  if (hasPorts && rule['protocol'] === null) throw protocolRequired();
  if (hasPorts && rule['protocol'] !== 'tcp' && rule['protocol'] !== 'udp') throw portsOfProtocol();
  for (const address of [rule['source_ip_address'], rule['destination_ip_address']]) {
    if (typeof address === 'string' && familyOf(address) !== rule['ip_version']) throw addressConflict();
  }
}
