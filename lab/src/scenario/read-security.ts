import { checkName, unknownReference } from './names.ts';
import { readPrefix, readRule } from './read-rule.ts';
import { type AddressGroupSpec, DEFAULT_GROUP, type RuleSpec, type SecurityGroupSpec } from './scenario.ts';
import type { Entry, Source, Value } from './source.ts';

/** "addressGroups": names with lists of prefixes and addresses. */
export function readAddressGroups(source: Source, groups: Value): AddressGroupSpec[] {
  return source.named(groups, '"addressGroups"').map((entry) => {
    checkName(source, entry, 'address group');
    const place = `address group "${entry.name}"`;
    const prefixes = source.list(entry.value).flatMap((node) => {
      const text = source.text(node, `an entry of ${place}`);
      if (text === undefined) return [];
      const prefix = readPrefix(text);
      if (prefix === undefined) source.report(node, 'LAB_CIDR', { text, reason: 'neither an address nor a prefix' });
      return prefix ?? [];
    });
    return { name: entry.name, prefixes };
  });
}

/** "securityGroups": names with lists of rules, or with {stateful, rules}. */
export function readSecurityGroups(
  source: Source,
  groups: Value,
  addressGroups: readonly AddressGroupSpec[],
): SecurityGroupSpec[] {
  const entries = source.named(groups, '"securityGroups"');
  const known = {
    group: [...entries.map((entry) => entry.name), DEFAULT_GROUP],
    addressGroup: addressGroups.map((group) => group.name),
  };
  return entries.map((entry) => {
    checkName(source, entry, 'security group');
    if (entry.name === DEFAULT_GROUP) source.report(entry.key, 'LAB_DEFAULT_GROUP', { kind: 'security group' });
    const { stateful, rules } = readGroup(source, entry);
    const place = `security group "${entry.name}"`;
    const found = new Map<string, RuleSpec>();
    for (const node of rules) {
      for (const rule of readRuleNode(source, node, { place, known })) {
        const { text, ...meaning } = rule;
        const other = found.get(JSON.stringify(meaning));
        const reason = `"${other?.text}" says so already`;
        if (other !== undefined) source.report(node, 'LAB_RULE', { text, reason });
        found.set(JSON.stringify(meaning), rule);
      }
    }
    return { name: entry.name, stateful, rules: [...found.values()] };
  });
}

function readGroup(source: Source, { name, key, value }: Entry): { stateful: boolean; rules: readonly Value[] } {
  if (source.isList(value) || value === null) return { stateful: true, rules: source.list(value) };
  const place = `security group "${name}"`;
  const fields = source.keyed(value, key, place, { allowed: ['stateful', 'rules'] });
  return {
    stateful: source.flag(fields.get('stateful'), `"stateful" of ${place}`) ?? true,
    rules: source.list(fields.get('rules')),
  };
}

interface Context {
  readonly place: string;
  readonly known: Readonly<Record<'group' | 'addressGroup', readonly string[]>>;
}

function readRuleNode(source: Source, node: Value, { place, known }: Context): readonly RuleSpec[] {
  const text = source.text(node, `a rule of ${place}`);
  if (text === undefined) return [];
  const rules = readRule(text.trim());
  if ('reason' in rules) {
    source.report(node, 'LAB_RULE', { text, reason: rules.reason });
    return [];
  }
  const remote = rules[0]?.remote;
  if (remote?.kind === 'group' || remote?.kind === 'addressGroup') {
    const names = known[remote.kind];
    const kind = remote.kind === 'group' ? 'security group' : 'address group';
    if (!names.includes(remote.name)) {
      source.report(node, 'LAB_UNKNOWN_REFERENCE', unknownReference(kind, remote.name, names));
    }
  }
  return rules;
}
