import type { SecurityGroupRuleBody } from '@netloom/api/client/resources';

/** A rule as people say it: "ingress tcp 443 from any". `nameOf` gives the names of groups, where they are known. */
export function ruleWords(rule: SecurityGroupRuleBody, nameOf: (group: string) => string): string {
  const { direction, protocol } = rule;
  const what = [protocol ?? 'any', numbers(rule)].filter((word) => word !== '').join(' ');
  return `${direction} ${what} ${direction === 'ingress' ? 'from' : 'to'} ${remote(rule, nameOf)}`;
}

function numbers({ protocol, port_range_min: min, port_range_max: max }: SecurityGroupRuleBody): string {
  if (min === null) return '';
  if (protocol?.includes('icmp')) return max === null ? `type ${min}` : `type ${min} code ${max}`;
  return max === null || max === min ? String(min) : `${min}-${max}`;
}

function remote(rule: SecurityGroupRuleBody, nameOf: (group: string) => string): string {
  if (rule.remote_group_id !== null) return `group ${nameOf(rule.remote_group_id)}`;
  if (rule.remote_address_group_id !== null) return `addresses ${nameOf(rule.remote_address_group_id)}`;
  if (rule.remote_ip_prefix !== null) return rule.remote_ip_prefix;
  return rule.ethertype === 'IPv4' ? 'any' : 'any IPv6';
}
