import type { Item } from '@netloom/core/delta/items';

/** Kinds kept by nft, what a thing stands on before it. */
export const NFT_KINDS = [
  'ruleset',
  'addressSet',
  'members',
  'filter',
  'firewall',
  'logging',
  'policy',
  'segmentGuard',
  'portGuard',
] as const;

export type NftKind = (typeof NFT_KINDS)[number];

export function isNftKind(kind: string): kind is NftKind {
  return (NFT_KINDS as readonly string[]).includes(kind);
}

/**
 * All that must hold of one thing in our tables.
 * - `sets`     sets of its own, with their type as nft declares it
 * - `objects`  "counter NAME" and "limit NAME" of each of its own, sorted: they outlive the rules that name them
 * - `chains`   chains of its own, each as the comments of its rules; that a rule does what its comment says is seen to in `rule-forms.ts`
 * - `elements` "SET KEY" of each element in its own sets or in shared ones, with the value it maps to ("" in a set)
 */
export type NftSpec = {
  readonly sets: { readonly [name: string]: string };
  readonly objects: readonly string[];
  readonly chains: { readonly [name: string]: readonly string[] };
  readonly elements: { readonly [element: string]: string };
};

export const NOTHING: NftSpec = { sets: {}, objects: [], chains: {}, elements: {} };

export interface NftRule {
  readonly text: string;
  readonly comment: string;
}

/** A desired item, with the rules whose comments its spec has. */
export interface NftItem extends Item {
  readonly kind: NftKind;
  readonly spec: NftSpec;
  readonly rules: { readonly [chain: string]: readonly NftRule[] };
  /** A value of the row that cannot be handed to nft; nothing of the item is then put. */
  readonly badValue?: string;
}

export function nftItem(
  kind: NftKind,
  key: string,
  content: {
    readonly sets?: NftSpec['sets'];
    readonly objects?: NftSpec['objects'];
    readonly rules?: NftItem['rules'];
    readonly elements?: NftSpec['elements'];
    readonly owners: readonly string[];
    readonly badValue?: string;
  },
): NftItem {
  const { sets = {}, objects = [], rules = {}, elements = {}, owners, badValue } = content;
  const chains = Object.fromEntries(
    Object.entries(rules).map(([chain, list]) => {
      const comments = list.map((rule) => rule.comment);
      // Each rule of a group allows by itself, so that one more is put behind the others, wherever it stands in the row.
      return [chain, kind === 'filter' ? comments.sort() : comments];
    }),
  );
  const spec = { sets, objects: objects.toSorted(), chains, elements };
  return { kind, key, spec, rules, owners, ...(badValue !== undefined && { badValue }) };
}

/** True for an item that the renderer made. */
export function isNftItem(item: Item): item is NftItem {
  return isNftKind(item.kind) && 'rules' in item;
}

/** Throws on an item that the renderer did not make. */
export function asNftItem(item: Item): NftItem {
  if (!isNftItem(item)) throw new Error(`"${item.kind} ${item.key}" is no rendered item`);
  return item;
}
