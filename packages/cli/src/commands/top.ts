import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NetloomClient } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import type { RuleHitBody } from '@netloom/api/client/resources';
import { Command, InvalidArgumentError } from 'commander';
import { printTable } from '../print-table.ts';
import { type RankedRule, rankRules } from '../top/rank-rules.ts';
import { ruleWords } from '../top/rule-words.ts';

interface TopFlags {
  readonly securityGroup?: string;
  readonly host?: string;
  /** Seconds. */
  readonly watch?: number;
  readonly json?: boolean;
}

/** What is known of rules beside their hits. */
interface Rules {
  readonly ids: readonly string[];
  wordsOf(rule: string): string;
  groupOf(rule: string): string;
}

const CLEAR = '\x1b[H\x1b[2J\x1b[3J';

/** `netloom top rules`: rules of security groups by how much they let pass, the unused ones at the end. */
export function topCommand(): Command {
  const command = new Command('top').description('show what is busiest');
  command
    .command('rules')
    .description('security group rules by their hits, the busiest first; rules without any at the end')
    .option('--security-group <group>', 'of one group only: its id or name')
    .option('--host <name>', 'on one host only')
    .option('--watch <seconds>', 'again and again, in hits per second', seconds)
    .option('--json', 'print one JSON document, or one a line with --watch')
    .addHelpText(
      'after',
      '\nA hit is a packet that a rule was asked about and lets pass: of groups that keep state the first of each flow, and of each open\nflow once more whenever something is taken away on the host.',
    )
    .action(topRules);
  return command;
}

async function topRules(flags: TopFlags): Promise<void> {
  const client = await connect(await findCredentials());
  let before: { hits: readonly RuleHitBody[]; at: number } | undefined;
  for (;;) {
    const { hits: all, unanswered } = await client.ruleHits(groupFilter(flags));
    const at = Date.now();
    const hits = all.filter(({ host }) => flags.host === undefined || host === flags.host);
    const rules = await readRules(client, flags);
    const since = before && { hits: before.hits, seconds: (at - before.at) / 1000 };
    const first = flags.watch !== undefined && before === undefined;
    before = { hits, at };
    if (!first) show({ ranked: rankRules(rules.ids, hits, since), rules, unanswered, flags });
    if (flags.watch === undefined) return;
    await delay(flags.watch * 1000);
  }
}

function groupFilter({ securityGroup }: TopFlags): Record<string, string> {
  return securityGroup === undefined ? {} : { security_group: securityGroup };
}

async function readRules(client: NetloomClient, { securityGroup }: TopFlags): Promise<Rules> {
  const [groups, addressGroups, rules] = [
    await client.securityGroups.list(),
    await client.addressGroups.list(),
    await client.securityGroupRules.list(),
  ];
  const names = new Map([...groups, ...addressGroups].map(({ id, name }) => [id, name || id]));
  const nameOf = (group: string): string => names.get(group) ?? group;
  const isWanted = (group: string): boolean =>
    securityGroup === undefined || securityGroup === group || securityGroup === names.get(group);
  const wanted = rules.filter((rule) => isWanted(rule.security_group_id));
  const byId = new Map(wanted.map((rule) => [rule.id, rule]));
  return {
    ids: [...byId.keys()],
    wordsOf(id) {
      const rule = byId.get(id);
      return rule === undefined ? id : ruleWords(rule, nameOf);
    },
    groupOf: (id) => nameOf(byId.get(id)?.security_group_id ?? ''),
  };
}

interface Shown {
  readonly ranked: readonly RankedRule[];
  readonly rules: Rules;
  readonly unanswered: readonly string[];
  readonly flags: TopFlags;
}

function show({ ranked, rules, unanswered, flags }: Shown): void {
  const rate = flags.watch !== undefined;
  if (flags.json) {
    const body = {
      rules: ranked.map((each) => ({ ...each, group: rules.groupOf(each.rule), words: rules.wordsOf(each.rule) })),
      unanswered,
    };
    console.log(JSON.stringify(body, null, rate ? 0 : 2));
    return;
  }
  if (rate && process.stdout.isTTY) process.stdout.write(CLEAR);
  if (ranked.length === 0) console.log('There are no rules.');
  else {
    printTable(
      [rate ? 'PACKETS/S' : 'PACKETS', rate ? 'BYTES/S' : 'BYTES', 'HOSTS', 'GROUP', 'RULE', 'ID'],
      ranked.map(({ rule, packets, bytes, hosts }) => [
        amount(packets),
        amount(bytes),
        String(hosts),
        rules.groupOf(rule),
        rules.wordsOf(rule),
        rule,
      ]),
    );
  }
  if (unanswered.length > 0)
    console.error(`Not in these numbers, because they did not answer: ${unanswered.join(', ')}.`);
}

function amount(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** Throws InvalidArgumentError for what is no number of seconds. */
function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 3600)) throw new InvalidArgumentError('write a number of seconds, 0.1 to 3600.');
  return value;
}
