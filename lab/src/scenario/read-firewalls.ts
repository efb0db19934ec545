import { checkName, unknownReference } from './names.ts';
import { readFirewallRule } from './read-firewall-rule.ts';
import type { FirewallRuleSpec, FirewallSpec, WorkloadSpec } from './scenario.ts';
import type { Source, Value } from './source.ts';

const KEYS = { allowed: ['workloads', 'ingress', 'egress', 'adminStateUp'] };

/** Every project has a firewall group of this name. */
const DEFAULT_FIREWALL = 'default';

/** "firewalls": names with the workloads that they hold and a list of rules for each direction that has a policy. */
export function readFirewalls(source: Source, firewalls: Value, workloads: readonly WorkloadSpec[]): FirewallSpec[] {
  // Which firewall a workload is in already.
  const taken = new Map<string, string>();
  return source.named(firewalls, '"firewalls"').map((entry) => {
    const { name } = entry;
    checkName(source, entry, 'firewall');
    if (name === DEFAULT_FIREWALL) source.report(entry.key, 'LAB_DEFAULT_GROUP', { kind: 'firewall group' });
    const place = `firewall "${name}"`;
    const fields = source.keyed(entry.value, entry.key, place, KEYS);
    return {
      name,
      adminStateUp: source.flag(fields.get('adminStateUp'), `"adminStateUp" of ${place}`) ?? true,
      workloads: readMembers(source, fields.get('workloads'), { name, place, workloads, taken }),
      ingress: readPolicy(source, fields.get('ingress'), place),
      egress: readPolicy(source, fields.get('egress'), place),
    };
  });
}

interface Members {
  readonly name: string;
  readonly place: string;
  readonly workloads: readonly WorkloadSpec[];
  readonly taken: Map<string, string>;
}

function readMembers(source: Source, value: Value | undefined, members: Members): string[] {
  const { name: firewall, place, workloads, taken } = members;
  return source.list(value).flatMap((node) => {
    const name = source.text(node, `"workloads" of ${place}`);
    if (name === undefined) return [];
    const workload = workloads.find((each) => each.name === name);
    if (workload === undefined) {
      const names = workloads.map((each) => each.name);
      source.report(node, 'LAB_UNKNOWN_REFERENCE', unknownReference('workload', name, names));
      return [];
    }
    const refuse = (reason: string): void =>
      source.report(node, 'LAB_FIREWALL_WORKLOAD', { firewall, workload: name, reason });
    const other = taken.get(name);
    if (!workload.portSecurity) refuse('it has no port security');
    if (other !== undefined) refuse(`it is in firewall "${other}" already`);
    taken.set(name, firewall);
    return [name];
  });
}

/** A list without rules is a policy all the same. */
function readPolicy(source: Source, value: Value | undefined, place: string): FirewallRuleSpec[] | null {
  if (value === undefined || value === null) return null;
  return source.list(value).flatMap((node) => {
    const text = source.text(node, `a rule of ${place}`);
    if (text === undefined) return [];
    const rules = readFirewallRule(text.trim());
    if (!('reason' in rules)) return rules;
    source.report(node, 'LAB_FIREWALL_RULE', { text, reason: rules.reason });
    return [];
  });
}
