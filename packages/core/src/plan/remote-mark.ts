import type { SecurityGroupRule } from '../model/security-group.ts';
import type { Mark } from './prefix-tree.ts';

/** Marks the places where ports have addresses. */
export const ADDRESS: Mark = 'address';

/** The mark of what a rule names as its other end; undefined for any. */
export function markOf({ remote }: SecurityGroupRule): Mark | undefined {
  switch (remote.kind) {
    case 'any':
      return undefined;
    case 'prefix':
      return prefixMark(remote.prefix);
    case 'group':
      return groupMark(remote.group);
    case 'addressGroup':
      return addressGroupMark(remote.group);
  }
}

export function prefixMark(prefix: string): Mark {
  return `prefix ${prefix}`;
}

export function groupMark(group: string): Mark {
  return `group ${group}`;
}

export function addressGroupMark(group: string): Mark {
  return `addressGroup ${group}`;
}

/** The group that a mark is of; undefined for marks of other things. */
export function readGroupMark(
  mark: Mark,
): { readonly kind: 'group' | 'addressGroup'; readonly id: string } | undefined {
  const [kind, id = ''] = mark.split(' ');
  return kind === 'group' || kind === 'addressGroup' ? { kind, id } : undefined;
}
