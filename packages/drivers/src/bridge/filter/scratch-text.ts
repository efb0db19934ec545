import { BASE_SETS } from './base-rules.ts';
import type { NftRule } from './nft-item.ts';
import { addressSetType, objectDeclaration } from './nft-names.ts';

/** A chain of ours as it is meant: its table as nft wants it ("inet NAME"), and its rules in order. */
export interface WrittenChain {
  readonly table: string;
  readonly name: string;
  readonly rules: readonly NftRule[];
}

/** What a rule names that must be there before it: a set of a remote group, a counter or limit, a chain. */
const NAMED = /@([hn][46]_[\w-]+)|((?:counter|limit) name "[^"]+")|\b(?:jump|goto) ([\w-]+)/g;

/** Lines for `nft -f` that put these chains into an empty namespace, hooked nowhere, with empty ones of all that their rules name. */
export function scratchText(written: readonly WrittenChain[]): string[] {
  const tables = new Set(written.map(({ table }) => table));
  const declarations = new Set<string>();
  const rules: string[] = [];
  for (const { table, name, rules: own } of written) {
    declarations.add(`add chain ${table} ${name}`);
    for (const { text, comment } of own) {
      for (const [, set, object, chain] of text.matchAll(NAMED))
        declarations.add(declared(table, { set, object, chain }));
      rules.push(`add rule ${table} ${name} ${text} comment "${comment}"`);
    }
  }
  const baseSets = BASE_SETS.filter(({ table }) => tables.has(table));
  return [
    ...Array.from(tables, (table) => `add table ${table}`),
    ...baseSets.map(
      ({ table, name, type }) => `add ${type.includes(' : ') ? 'map' : 'set'} ${table} ${name} { ${type} }`,
    ),
    ...declarations,
    ...rules,
  ];
}

interface Named {
  readonly set: string | undefined;
  readonly object: string | undefined;
  readonly chain: string | undefined;
}

function declared(table: string, { set, object, chain }: Named): string {
  if (set !== undefined) return `add set ${table} ${set} { ${addressSetType(set)} }`;
  if (chain !== undefined) return `add chain ${table} ${chain}`;
  const [type = '', name = ''] = (object ?? '').replaceAll('"', '').split(' name ');
  return `add ${type} ${table} ${name} { ${objectDeclaration(`${type} ${name}`)}; }`.replace(' { ; }', '');
}
