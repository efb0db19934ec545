import type { Item, Items } from '@netloom/core/delta/items';
import type { Commander } from './commander.ts';
import { INET } from './filter/base-rules.ts';
import { WRITTEN_BASE } from './filter/base-text.ts';
import { isNftItem } from './filter/nft-item.ts';
import { type FoundRuleset, type NftObject, readRuleset } from './filter/read-ruleset.ts';
import { openRuleForms } from './filter/rule-forms.ts';
import type { WrittenChain } from './filter/scratch-text.ts';
import { readGuard, WRITTEN_GUARD } from './guard.ts';

export interface ReadRules {
  readonly ruleset: FoundRuleset;
  readonly guard: Item | undefined;
}

/** Reads our tables of the data-plane namespace. */
export interface RulesetReader {
  /** Tells what was rendered last: a rule that has the comment of one of these, and does something else, is read as altered. */
  expect(rendered: Items): void;
  read(signal: AbortSignal): Promise<ReadRules>;
}

export function openRulesetReader(commander: Commander, namespace: string): RulesetReader {
  const forms = openRuleForms(commander);
  let rendered: Items = new Map();
  let written: readonly WrittenChain[] = WRITTEN_GUARD;
  return {
    expect(items) {
      if (items === rendered) return;
      rendered = items;
      written = [...WRITTEN_GUARD, ...(items.size > 0 ? [...WRITTEN_BASE, ...writtenChains(items)] : [])];
    },
    async read(signal) {
      const listed = await nftObjects(commander, namespace, signal);
      const altered = await forms.altered(listed, written, signal);
      return { ruleset: readRuleset(listed, altered), guard: readGuard(listed, altered) };
    },
  };
}

function writtenChains(items: Items): WrittenChain[] {
  return [...items.values()]
    .filter(isNftItem)
    .flatMap((item) => Object.entries(item.rules).map(([name, rules]) => ({ table: INET, name, rules })));
}

/** All of nftables in the namespace. No table, no nftables and no nft look alike, and are: nothing of ours is there. */
async function nftObjects(commander: Commander, namespace: string, signal: AbortSignal): Promise<readonly NftObject[]> {
  const argv = ['ip', 'netns', 'exec', namespace, 'nft', '-j', 'list', 'ruleset'];
  const { code, stdout } = await commander.run(argv, { signal });
  return code === 0 ? (JSON.parse(stdout) as { readonly nftables: readonly NftObject[] }).nftables : [];
}
