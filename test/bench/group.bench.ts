/**
 * Large security groups. A port joins a group of 10,000 members that a server on each of 100 hosts takes packets from: until its
 * first packet passes, and until it is in effect everywhere, with the bytes that the hosts are sent; and the way back. Then
 * rulesets of 5,000 ports, ten rules each, loaded while two of the ports speak: every packet of theirs is counted.
 * In namespaces of its own; needs root.
 *
 *   npm run bench -- group [--hosts 100] [--members 10000] [--trials 50] [--ports 5000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { insideNamespaces } from '../support/inside-namespaces.ts';
import { table } from './filter/summary.ts';
import { type Joining, joinGroup } from './group/join-group.ts';
import { loadUnderTraffic } from './group/load-under-traffic.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '100' },
    members: { type: 'string', default: '10000' },
    trials: { type: 'string', default: '50' },
    ports: { type: 'string', default: '5000' },
  },
});

if (await insideNamespaces(import.meta.filename)) {
  const folder = mkdtempSync(join('/run', 'netloom-bench-'));
  const [hosts, members, trials] = [Number(values.hosts), Number(values.members), Number(values.trials)];
  if (trials > 0) {
    console.log(`${members} members, ${hosts} hosts, ${trials} times in and out`);
    const { joined, left } = await joinGroup({ hosts, members, trials, folder });
    const rows = [['', 'p50', 'p99', 'max']];
    rows.push(...lines('joins: first packet passes, ms since the commit', joined, 'packet'));
    rows.push(...lines('joins: applied on every host, ms', joined, 'everywhere'));
    rows.push(...lines('leaves: last packet passes, ms', left, 'packet'));
    rows.push(...lines('leaves: applied on every host, ms', left, 'everywhere'));
    rows.push(...lines('rows computed a change', joined, 'rows'));
    const bytes = joined.map((each) => ({ ...each, bytes: each.bytes / hosts }));
    rows.push(...lines('bytes sent a host', bytes, 'bytes'));
    console.log(table(rows));
  }
  const loads = await loadUnderTraffic(Number(values.ports), 4);
  console.log(`\n${table([['', 'ms each', 'sent', 'lost'], ...loads.map(cells)])}`);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(0);
}

function lines(what: string, all: readonly Joining[], key: keyof Joining): string[][] {
  const sorted = all.map((each) => each[key]).sort((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
  return [[what, at(0.5), at(0.99), at(1)]];
}

function cells({ what, ms, sent, lost }: Awaited<ReturnType<typeof loadUnderTraffic>>[number]): string[] {
  return [what, ms.toFixed(0), String(sent), String(lost)];
}
