import type { FilterRow } from '@netloom/core/tables/host-tables';
import type { NftRule } from './nft-item.ts';
import { ALL_LOGS, portLimit } from './nft-names.ts';
import type { PortLog } from './port-log.ts';
import { BadValue, namedRule, statefulMatches, statelessMatches } from './rule-text.ts';

/** Group of nflog by which logged packets come (nft(8), LOG STATEMENT): of the data plane's namespace alone, so that no other reader's is met. */
export const LOG_GROUP = 1;

/** Bytes of a logged packet that are read: its headers. */
const HEADERS = 128;

/** Whose limit and device are said in log rules. */
export interface Logged {
  readonly policy: string;
  readonly log: PortLog;
}

/**
 * Rules that tell of each flow that a group lets through, by the first rule that fits its first packet. They decide nothing: the chain that
 * they are in gives every packet back.
 */
export function acceptLogs(row: FilterRow, direction: 'ingress' | 'egress', logged: Logged): NftRule[] {
  const matchesOf = row.stateful ? statefulMatches : statelessMatches;
  return row.rules
    .filter((rule) => rule.direction === direction)
    .flatMap((rule) =>
      matchesIfSound(() => matchesOf(rule)).flatMap((match) => [
        namedRule(rule.id, `ct state new ${match} ${logStatement(`A ${direction} ${rule.id}`, logged)}`),
        namedRule(rule.id, `ct state new ${match} return`),
      ]),
    );
}

/** Tells of a packet that the rule behind it drops; `match` says of which. */
export function dropLog(match: string, direction: 'ingress' | 'egress', logged: Logged): NftRule {
  const text = `${match} ${logStatement(`D ${direction} -`, logged)}`.trimStart();
  return { text, comment: `log ${match}`.trimEnd() };
}

/** A prefix is what happened, the direction of the flow as seen from the port, the rule, the device. */
function logStatement(what: string, { policy, log }: Logged): string {
  const limits = `limit name "${portLimit(policy)}" limit name "${ALL_LOGS}"`;
  return `${limits} log prefix "${what} ${log.device}" group ${LOG_GROUP} snaplen ${HEADERS}`;
}

/** A rule that cannot be put lets nothing through. */
function matchesIfSound(matches: () => readonly string[]): readonly string[] {
  try {
    return matches();
  } catch (error) {
    if (error instanceof BadValue) return [];
    throw error;
  }
}
