import { BASE_CHAINS, BASE_SETS, BRIDGE, baseComment, baseRule, GENERATION_CHAINS, INET } from './base-rules.ts';
import type { NftSpec } from './nft-item.ts';
import type { WrittenChain } from './scratch-text.ts';

/** What of the base must be there: its sets, and its chains as the comments of their rules, a hook before them. */
export function baseSpec(): NftSpec {
  return {
    sets: Object.fromEntries(BASE_SETS.map(({ name }) => [name, ''])),
    objects: [],
    chains: Object.fromEntries(
      BASE_CHAINS.map(({ name, hook, rules }) => [
        name,
        [...(hook ? [hookText(hook.name, hook.priority, hook.policy)] : []), ...rules.map(baseComment)],
      ]),
    ),
    elements: {},
  };
}

/** Stands for any generation where it does not matter which; no other number of a rule looks like it. */
export const SCRATCH_GENERATION = 2_052_856_291;

/** The base as nft is asked how it shows it. */
export const WRITTEN_BASE: readonly WrittenChain[] = BASE_CHAINS.map(({ table, name, rules }) => ({
  table,
  name,
  rules: rules.map((rule) => baseRule(rule, SCRATCH_GENERATION)),
}));

export function hookText(name: string, priority: number, policy: string): string {
  return `${name} ${priority} ${policy}`;
}

/** Makes both tables anew, empty but for the base: everything else is to follow in the same transaction. */
export function baseCommands(generation: number): string[] {
  const tables = [BRIDGE, INET];
  return [
    ...removeTables(),
    ...tables.map((table) => `add table ${table}`),
    ...BASE_SETS.map(
      ({ table, name, type }) => `add ${type.includes(' : ') ? 'map' : 'set'} ${table} ${name} { ${type} }`,
    ),
    ...BASE_CHAINS.map(({ table, name, hook }) => {
      const declared = hook && ` { type filter hook ${hook.name} priority ${hook.priority}; policy ${hook.policy}; }`;
      return `add chain ${table} ${name}${declared ?? ''}`;
    }),
    ...BASE_CHAINS.flatMap((chain) => chainRules(chain.name, generation)),
  ];
}

/** Takes both tables away, also when they are not there. */
export function removeTables(): string[] {
  return [BRIDGE, INET].flatMap((table) => [`add table ${table}`, `delete table ${table}`]);
}

/** From here on no flow is live that was not looked at again. */
export function generationCommands(generation: number): string[] {
  return GENERATION_CHAINS.flatMap((name) => [`flush chain ${INET} ${name}`, ...chainRules(name, generation)]);
}

function chainRules(name: string, generation: number): string[] {
  return BASE_CHAINS.filter((chain) => chain.name === name).flatMap(({ table, rules }) =>
    rules.map((rule) => {
      const { text, comment } = baseRule(rule, generation);
      return `add rule ${table} ${name} ${text} comment "${comment}"`;
    }),
  );
}
