import type { RuleHits } from '../../driver.ts';
import { type Commander, mustRun } from '../commander.ts';
import { NETNS_FOLDER, namespaceIdentity } from '../namespace-identity.ts';
import { countedRule, FILTERS_TABLE } from './nft-names.ts';

interface Listed {
  readonly counter?: {
    readonly table: string;
    readonly name: string;
    readonly packets: number;
    readonly bytes: number;
  };
}

/** What the counters of rules stand at; none where nothing is filtered. Rejects as `mustRun` does. */
export async function readRuleCounters(
  commander: Commander,
  namespace: string,
  signal: AbortSignal,
): Promise<RuleHits[]> {
  if ((await namespaceIdentity(namespace)) === undefined) return [];
  const argv = ['nsenter', `--net=${NETNS_FOLDER}/${namespace}`, '--', 'nft', '-j', 'list', 'counters'];
  const { nftables } = JSON.parse(await mustRun(commander, argv, { signal })) as { nftables: readonly Listed[] };
  return nftables.flatMap(({ counter }) => {
    const counted = counter?.table === FILTERS_TABLE ? countedRule(counter.name) : undefined;
    return counter && counted ? [{ ...counted, packets: counter.packets, bytes: counter.bytes }] : [];
  });
}
