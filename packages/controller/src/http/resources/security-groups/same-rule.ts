import type { RuleParts } from './settle-rule.ts';

/** SQL that says whether two rows, `a` and `b`, let the same through: what the indexes of migrations 0020 and 0090 say. */
export function sameRuleSql(a: string, b: string): string {
  const alike = (column: string) => `${a}.${column} IS NOT DISTINCT FROM ${b}.${column}`;
  const isHopopt = (row: string) => `(coalesce(${row}.protocol, '') = 'hopopt')`;
  const prefix = (row: string) => `CASE WHEN masklen(${row}.remote_ip_prefix) > 0 THEN ${row}.remote_ip_prefix END`;
  return [
    ...['direction', 'ethertype', 'protocol_number', 'port_range_min', 'port_range_max'].map(alike),
    `${isHopopt(a)} = ${isHopopt(b)}`,
    `${prefix(a)} IS NOT DISTINCT FROM ${prefix(b)}`,
    ...['remote_group_id', 'remote_address_group_id'].map(alike),
  ].join(' AND ');
}

/** Alike for two rules that let the same through. */
export function sameness(rule: RuleParts): string {
  const anywhere = rule.remote_ip_prefix?.endsWith('/0');
  return JSON.stringify([
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
