import { sameJson } from '@netloom/core/delta/diff';
import type { Item } from '@netloom/core/delta/items';
import { vniOfBridge, vniOfVxlan } from '../names.ts';
import { BASE_CHAINS, BASE_SETS, GENERATION_CHAINS, readGeneration } from './base-rules.ts';
import { baseSpec, hookText } from './base-text.ts';
import type { NftKind } from './nft-item.ts';
import {
  addressBucket,
  addressSetType,
  FILTERS_TABLE,
  isPortSet,
  NETS_BUCKET,
  ownerOfChain,
  ownerOfObject,
  ownerOfSet,
  PORTS_TABLE,
} from './nft-names.ts';
import { type NftTarget, type NftValue, readElement } from './read-element.ts';

export interface NftObject {
  /** `flags` is there for a table with any: none of ours has one, and "dormant" would switch it off. */
  readonly table?: { readonly name: string; readonly flags?: unknown };
  readonly chain?: {
    readonly table: string;
    readonly name: string;
    readonly hook?: string;
    readonly prio?: number;
    readonly policy?: string;
  };
  readonly rule?: ListedRule;
  readonly set?: NftSet;
  readonly map?: NftSet;
  readonly counter?: NftNamed;
  readonly limit?: NftNamed;
}

export interface ListedRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly comment?: string;
  /** Statements in order (libnftables-json(5)). */
  readonly expr: readonly unknown[];
}

interface NftNamed {
  readonly table: string;
  readonly name: string;
}

interface NftSet {
  readonly table: string;
  readonly name: string;
  readonly type: string | readonly string[];
  readonly flags?: readonly string[];
  readonly elem?: readonly (NftValue | readonly [NftValue, NftTarget])[];
}

export interface FoundRuleset {
  readonly items: readonly Item[];
  /** The generation that flows must bear to be let pass without being asked; undefined where there is no sound base. */
  readonly generation: number | undefined;
}

type Parts = {
  readonly sets: Record<string, string>;
  readonly objects: string[];
  readonly chains: Record<string, string[]>;
  readonly elements: Record<string, string>;
};

const BASE_CHAIN_NAMES = new Set(BASE_CHAINS.map(({ name }) => name));
const BASE_SET_NAMES = new Set(BASE_SETS.map(({ name }) => name));
const OWN_TABLES = new Set([PORTS_TABLE, FILTERS_TABLE]);

/**
 * Items of our tables in what `nft -j list ruleset` shows; `altered` are rules that do not do what their comments say. Where the base is
 * not as it must be, all that stands on it counts as absent.
 */
export function readRuleset(listed: readonly NftObject[], altered: ReadonlySet<ListedRule>): FoundRuleset {
  const found = new Map<string, Parts>();
  const of = (kind: NftKind, key: string): Parts => {
    const id = `${kind} ${key}`;
    const parts = found.get(id) ?? { sets: {}, objects: [], chains: {}, elements: {} };
    found.set(id, parts);
    return parts;
  };
  const chainHome = (name: string): Parts => {
    const owner = BASE_CHAIN_NAMES.has(name) ? undefined : ownerOfChain(name);
    return owner ? of(owner.kind, owner.key) : of('ruleset', 'base');
  };
  for (const { table, chain, rule, set, map, counter, limit } of listed) {
    if (table && OWN_TABLES.has(table.name)) {
      const base = of('ruleset', 'base');
      if (table.flags !== undefined) base.objects.push(`flags of ${table.name}`);
    }
    if (chain && OWN_TABLES.has(chain.table)) {
      const hook = chain.hook === undefined ? [] : [hookText(chain.hook, chain.prio ?? 0, chain.policy ?? '')];
      chainHome(chain.name).chains[chain.name] = hook;
    }
    if (rule && OWN_TABLES.has(rule.table))
      chainHome(rule.chain).chains[rule.chain]?.push(listedComment(rule, altered));
    if (counter && OWN_TABLES.has(counter.table)) readObject(`counter ${counter.name}`, of);
    if (limit && OWN_TABLES.has(limit.table)) readObject(`limit ${limit.name}`, of);
    const held = set ?? map;
    if (held && OWN_TABLES.has(held.table)) readSet(held, of);
  }
  // As it is compared: objects, and rules of a group, in any order.
  for (const [id, { chains, objects }] of found) {
    objects.sort();
    if (id.startsWith('filter ')) for (const comments of Object.values(chains)) comments.sort();
  }
  const base = found.get('ruleset base');
  if (base === undefined) return { items: [], generation: undefined };
  const generation = takeGeneration(base);
  const sound = generation !== undefined && sameJson(base, baseSpec());
  const items = [...found].map(([id, spec]): Item => {
    const [kind = '', key = ''] = id.split(/ (.*)/s);
    return { kind, key, spec, owners: [] };
  });
  return sound
    ? { items, generation }
    : { items: items.filter(({ kind }) => kind === 'ruleset'), generation: undefined };
}

/** The comment by which a rule is known again, unless the rule is not what it says. */
export function listedComment(rule: ListedRule, altered: ReadonlySet<ListedRule>): string {
  const comment = rule.comment ?? '?';
  return altered.has(rule) ? `altered: ${comment}` : comment;
}

function readObject(object: string, of: (kind: NftKind, key: string) => Parts): void {
  const owner = ownerOfObject(object) ?? { kind: 'ruleset', key: 'base' };
  of(owner.kind, owner.key).objects.push(object);
}

function readSet(held: NftSet, of: (kind: NftKind, key: string) => Parts): void {
  const { name } = held;
  const isBase = BASE_SET_NAMES.has(name);
  const owner = isBase ? undefined : ownerOfSet(name);
  const home = owner === undefined ? of('ruleset', 'base') : of('addressSet', owner);
  home.sets[name] = isBase ? '' : typeText(held);
  for (const raw of held.elem ?? []) {
    const [element, value] = readElement(name, raw);
    if (owner !== undefined) membersHome(owner, element, of).elements[element] = value;
    else if (isBase) elementHome(name, element, value, of).elements[element] = value;
  }
}

function membersHome(owner: string, element: string, of: (kind: NftKind, key: string) => Parts): Parts {
  const bucket = element.startsWith('n') ? NETS_BUCKET : addressBucket(element.slice(element.indexOf(' ') + 1));
  return of('members', `${owner} ${bucket}`);
}

function typeText({ name, type, flags = [] }: NftSet): string {
  const text = `type ${String(type)};${flags.length === 0 ? '' : ` flags ${flags.join(',')};`}`;
  const wanted = addressSetType(name);
  return text === wanted ? wanted : text;
}

/** Whom an element of a shared set serves: a port by its device, a segment by its own devices, a policy by the chain it leads to. */
function elementHome(set: string, element: string, value: string, of: (kind: NftKind, key: string) => Parts): Parts {
  if (!isPortSet(set) && set !== 'zones') {
    const owner = ownerOfChain(value.replace(/^\w+ /, ''));
    return of('policy', owner?.key ?? element);
  }
  const device = /"([^"]*)"/.exec(element)?.[1] ?? '';
  const server = /^dh(\d+)$/.exec(device)?.[1];
  const vni = vniOfBridge(device) ?? vniOfVxlan(device) ?? server;
  return vni === undefined ? of('portGuard', device) : of('segmentGuard', String(vni));
}

/** Takes the number of the generation out of the rules that say it; undefined unless all say the same. */
function takeGeneration(base: Parts): number | undefined {
  const numbers = new Set<number>();
  for (const name of GENERATION_CHAINS) {
    base.chains[name] = (base.chains[name] ?? []).map((comment) => {
      const said = readGeneration(comment);
      if (said.generation !== undefined) numbers.add(said.generation);
      return said.comment;
    });
  }
  const [number] = numbers;
  return numbers.size === 1 ? number : undefined;
}
