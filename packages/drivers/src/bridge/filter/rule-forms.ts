import type { Commander } from '../commander.ts';
import { readGeneration } from './base-rules.ts';
import { SCRATCH_GENERATION } from './base-text.ts';
import type { ListedRule, NftObject } from './read-ruleset.ts';
import { scratchText, type WrittenChain } from './scratch-text.ts';

/**
 * How nft shows the rules that we write. A comment says which rule one is meant to be, and not what it does; and nft shows a rule in other
 * words than it was written in, by its version and the kernel's. So the rules are written once more into a namespace that nothing uses,
 * which ends with the process in it, and what nft shows there is what it must show where they are in force.
 */
export interface RuleForms {
  /** The listed rules that do something else than the rule of their chain that has their comment. */
  altered(
    listed: readonly NftObject[],
    written: readonly WrittenChain[],
    signal: AbortSignal,
  ): Promise<ReadonlySet<ListedRule>>;
}

interface Known {
  readonly rules: WrittenChain['rules'];
  /** By comment. */
  readonly forms: ReadonlyMap<string, string>;
}

/** Remembers every chain as long as its list of rules is the same object. */
export function openRuleForms(commander: Commander): RuleForms {
  const known = new Map<string, Known>();

  /** A chain that nft does not take stays unknown, and is told by its comments: it cannot be in force either. */
  const learn = async (written: readonly WrittenChain[], signal: AbortSignal): Promise<void> => {
    const fresh = written.filter((chain) => known.get(placeOf(chain))?.rules !== chain.rules);
    if (fresh.length === 0) return;
    const shown = await showInScratch(commander, fresh, signal);
    if (shown !== undefined) {
      const forms = formsOf(shown);
      for (const chain of fresh)
        known.set(placeOf(chain), { rules: chain.rules, forms: forms.get(placeOf(chain)) ?? new Map() });
    } else if (fresh.length > 1) {
      const middle = fresh.length >> 1;
      await learn(fresh.slice(0, middle), signal);
      await learn(fresh.slice(middle), signal);
    } else for (const chain of fresh) known.delete(placeOf(chain));
  };

  const unlike = (listed: readonly NftObject[]): Set<ListedRule> => {
    const found = new Set<ListedRule>();
    for (const { rule } of listed) {
      const forms = rule && known.get(`${rule.family} ${rule.table} ${rule.chain}`)?.forms;
      if (rule && forms && !isLike(rule, forms)) found.add(rule);
    }
    return found;
  };

  return {
    async altered(listed, written, signal) {
      if (known.size > written.length) {
        const places = new Set(written.map(placeOf));
        for (const place of known.keys()) if (!places.has(place)) known.delete(place);
      }
      await learn(written, signal);
      if (unlike(listed).size === 0) return new Set();
      // nft may have been upgraded since, and show everything in other words.
      known.clear();
      await learn(written, signal);
      return unlike(listed);
    },
  };
}

function placeOf({ table, name }: WrittenChain): string {
  return `${table} ${name}`;
}

async function showInScratch(
  commander: Commander,
  written: readonly WrittenChain[],
  signal: AbortSignal,
): Promise<readonly NftObject[] | undefined> {
  const argv = ['unshare', '--net', 'sh', '-c', 'nft -f - && exec nft -j list ruleset'];
  const { code, stdout } = await commander.run(argv, { signal, input: `${scratchText(written).join('\n')}\n` });
  return code === 0 ? (JSON.parse(stdout) as { readonly nftables: readonly NftObject[] }).nftables : undefined;
}

function formsOf(shown: readonly NftObject[]): Map<string, Map<string, string>> {
  const byChain = new Map<string, Map<string, string>>();
  for (const { rule } of shown) {
    if (rule === undefined) continue;
    const place = `${rule.family} ${rule.table} ${rule.chain}`;
    const forms = byChain.get(place) ?? new Map<string, string>();
    byChain.set(place, forms.set(readGeneration(rule.comment ?? '').comment, JSON.stringify(rule.expr)));
  }
  return byChain;
}

/** A rule without a comment of ours is nobody's, which its comment shows. */
function isLike(rule: ListedRule, forms: ReadonlyMap<string, string>): boolean {
  const { comment, generation } = readGeneration(rule.comment ?? '');
  const form = forms.get(comment);
  if (form === undefined) return true;
  const said = generation === undefined ? form : form.replaceAll(String(SCRATCH_GENERATION), String(generation));
  return JSON.stringify(rule.expr) === said;
}
