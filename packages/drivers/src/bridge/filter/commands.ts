import { INET } from './base-rules.ts';
import { type NftItem, type NftKind, type NftRule, type NftSpec, NOTHING } from './nft-item.ts';
import { objectDeclaration, tableOfSet } from './nft-names.ts';

/** An element of a set or map: "SET KEY", and the value of a map. */
export type Element = readonly [element: string, value: string];

/** What turns one item into another, by when in the transaction it runs. */
export interface Commands {
  /** Sets and chains that are named further down. */
  readonly declare: readonly string[];
  readonly rules: readonly string[];
  readonly remove: readonly Element[];
  readonly add: readonly Element[];
  /** Chains and sets that nothing names any more. */
  readonly drop: readonly string[];
}

/** From what is in the kernel to what must be; `after` is absent for a removal. */
export function commandsFor(before: NftSpec, after: NftItem | undefined): Commands {
  const spec = after?.spec ?? NOTHING;
  const newSets = Object.entries(spec.sets).filter(([name]) => !Object.hasOwn(before.sets, name));
  const oldSets = Object.keys(before.sets).filter((name) => !Object.hasOwn(spec.sets, name));
  const newChains = Object.keys(spec.chains).filter((name) => !Object.hasOwn(before.chains, name));
  const [wanted, found] = [new Set(spec.objects), new Set(before.objects)];
  const newObjects = [...wanted.difference(found)];
  const oldObjects = [...found.difference(wanted)];
  const oldChains = Object.keys(before.chains).filter((name) => !Object.hasOwn(spec.chains, name));
  return {
    declare: [
      ...newSets.map(([name, type]) => `add set ${tableOfSet(name)} ${name} { ${type} }`),
      ...newObjects.map((name) => `add ${objectText(name)} ${braced(objectDeclaration(name))}`.trimEnd()),
      ...newChains.map((name) => `add chain ${INET} ${name}`),
    ],
    rules: after ? Object.keys(spec.chains).flatMap((name) => refill(name, before.chains[name], after)) : [],
    remove: elementsBeside(before.elements, spec.elements),
    add: elementsBeside(spec.elements, before.elements),
    drop: [
      ...oldChains.map((name) => `flush chain ${INET} ${name}`),
      ...oldChains.map((name) => `delete chain ${INET} ${name}`),
      ...oldObjects.map((name) => `delete ${objectText(name)}`),
      ...oldSets.map((name) => `delete set ${tableOfSet(name)} ${name}`),
    ],
  };
}

/** The item as it lets nothing through: what others need of it is declared, and what it allowed is gone. */
export function closed(after: NftItem): NftItem {
  // A group that allows nothing leaves a port its other groups; a firewall must refuse by itself.
  const rules: readonly NftRule[] = after.kind === 'filter' ? [] : [{ text: 'drop', comment: 'closed' }];
  const names = Object.keys(after.spec.chains);
  return {
    ...after,
    rules: Object.fromEntries(names.map((name) => [name, rules])),
    spec: {
      sets: after.spec.sets,
      objects: after.spec.objects,
      chains: Object.fromEntries(names.map((name) => [name, rules.map(({ comment }) => comment)])),
      elements: {},
    },
  };
}

/** True when the change may take away what let a flow pass. */
export function mayRevoke(kind: NftKind, before: NftSpec, after: NftItem | undefined): boolean {
  const spec = after?.spec ?? NOTHING;
  switch (kind) {
    case 'members':
      return elementsBeside(before.elements, spec.elements).length > 0;
    case 'filter':
      return Object.entries(before.chains).some(([name, rules]) =>
        rules.some((rule) => !spec.chains[name]?.includes(rule)),
      );
    case 'firewall':
    case 'policy':
      return before !== NOTHING;
    case 'portGuard':
      // What is guarded from now on, or comes here from another host, was let pass without being asked.
      return before !== NOTHING || Object.keys(spec.elements).some((element) => element.startsWith('ids '));
    case 'ruleset':
    case 'addressSet':
    case 'logging':
    case 'segmentGuard':
      return false;
  }
}

function braced(declaration: string): string {
  return declaration === '' ? '' : `{ ${declaration}; }`;
}

/** Of "counter NAME", as nft wants it. */
function objectText(object: string): string {
  const [type = '', name = ''] = object.split(' ');
  return `${type} ${INET} ${name}`;
}

function refill(name: string, before: readonly string[] | undefined, after: NftItem): string[] {
  const rules = after.rules[name] ?? [];
  const wanted = after.spec.chains[name] ?? [];
  const add = (rule: NftRule): string => `add rule ${INET} ${name} ${rule.text} comment "${rule.comment}"`;
  if (before === undefined) return [`flush chain ${INET} ${name}`, ...rules.map(add)];
  if (wanted.length === before.length && wanted.every((comment, i) => comment === before[i])) return [];
  const known = new Set(before);
  // More rules of a group go behind the others.
  const grows =
    after.kind === 'filter' && known.size === before.length && before.every((each) => wanted.includes(each));
  if (grows) return rules.filter((rule) => !known.has(rule.comment)).map(add);
  return [`flush chain ${INET} ${name}`, ...rules.map(add)];
}

function elementsBeside(some: NftSpec['elements'], others: NftSpec['elements']): Element[] {
  const beside: Element[] = [];
  for (const element in some) {
    const value = some[element] ?? '';
    if (others[element] !== value) beside.push([element, value]);
  }
  return beside;
}
