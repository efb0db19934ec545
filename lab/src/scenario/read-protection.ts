import { canonicalMac, isGroupMac } from '@netloom/core/net/mac';
import { unknownReference } from './names.ts';
import { readPrefix } from './read-rule.ts';
import { DEFAULT_GROUP, type PairSpec, type WorkloadSpec } from './scenario.ts';
import type { Source, Value } from './source.ts';

/** "groups", "portSecurity" and "pairs" of a workload. Without "groups" it has the default group. */
export function readProtection(
  source: Source,
  fields: ReadonlyMap<string, Value>,
  known: { readonly place: string; readonly groups: readonly string[] },
): Pick<WorkloadSpec, 'groups' | 'portSecurity' | 'pairs'> {
  const { place } = known;
  const portSecurity = source.flag(fields.get('portSecurity'), `"portSecurity" of ${place}`) ?? true;
  for (const key of portSecurity ? [] : ['groups', 'pairs']) {
    const value = fields.get(key);
    if (value !== undefined) source.report(value, 'LAB_NO_PORT_SECURITY', { key, place });
  }
  const named = fields.get('groups');
  const names = [...known.groups, DEFAULT_GROUP];
  const groups = source.list(named).flatMap((node) => {
    const name = source.text(node, `"groups" of ${place}`);
    if (name !== undefined && !names.includes(name)) {
      source.report(node, 'LAB_UNKNOWN_REFERENCE', unknownReference('security group', name, names));
    }
    return name ?? [];
  });
  return {
    portSecurity,
    groups: named === undefined && portSecurity ? [DEFAULT_GROUP] : [...new Set(groups)],
    pairs: source.list(fields.get('pairs')).flatMap((node) => readPair(source, node, place) ?? []),
  };
}

function readPair(source: Source, node: Value, place: string): PairSpec | undefined {
  const text = source.text(node, `a pair of ${place}`);
  if (text === undefined) return undefined;
  const [prefixText = '', macText, ...rest] = text.trim().split(/\s+/);
  const prefix = readPrefix(prefixText);
  const mac = macText === undefined ? null : canonicalMac(macText);
  if (prefix !== undefined && mac !== undefined && !(mac !== null && isGroupMac(mac)) && rest.length === 0) {
    return { prefix, mac };
  }
  source.report(node, 'LAB_PAIR', { text });
  return undefined;
}
