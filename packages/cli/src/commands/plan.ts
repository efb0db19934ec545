import { readFile } from 'node:fs/promises';
import { connect } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import type { PlanBody } from '@netloom/api/client/resources';
import { Command } from 'commander';
import { cliError } from '../cli-errors.ts';
import { parsePlanFile } from '../plan/plan-file.ts';
import { resolvePlan } from '../plan/resolve-plan.ts';
import { printTable } from '../print-table.ts';

const CHANGES = ['add', 'update', 'remove'] as const;

/** `netloom plan`: what changes would do, on which hosts and to which flows, before anybody makes them. */
export function planCommand(): Command {
  return new Command('plan')
    .description('show what the changes of a file would do: rows on hosts, flows that become possible or impossible')
    .argument('<file>', 'YAML: changes: [create KIND: {...}, update KIND NAME: {...}, delete KIND: NAME]')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nNothing is changed. Exit codes: 0 planned; 1 the file is wrong, or the controller would refuse a change.',
    )
    .action(async (file: string, options: { json?: boolean }) => {
      const steps = parsePlanFile(await read(file), file);
      const client = await connect(await findCredentials());
      const plan = await client.plan(await resolvePlan(steps, client));
      if ('flows' in plan) {
        if (options.json) console.log(JSON.stringify(plan, null, 2));
        else print(plan);
        return;
      }
      const place = plan.change === null ? file : (steps[plan.change]?.place ?? file);
      throw cliError('PLAN_REFUSED', { place, status: plan.status, type: plan.type, text: plan.message });
    });
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw cliError('PLAN_FILE', { place: file, reason: (cause as Error).message }, cause);
  }
}

function print({ revision, hosts, flows }: PlanBody): void {
  const lines = [...flows.gained.map(({ text }) => `+ ${text}`), ...flows.lost.map(({ text }) => `- ${text}`)];
  console.log(`on revision ${revision}:\n`);
  if (hosts !== null && hosts.length > 0) {
    const rows = hosts.flatMap(({ host, rows }) => {
      const tables = Map.groupBy(rows, ({ table }) => table);
      return [...tables].map(([table, list]) => [
        host,
        table,
        ...CHANGES.map((change) => String(list.filter((row) => row.change === change).length)),
      ]);
    });
    printTable(['HOST', 'TABLE', 'ADD', 'UPDATE', 'REMOVE'], rows);
    console.log('');
  } else if (hosts !== null) console.log('No host would see a change.\n');
  console.log(lines.length > 0 ? lines.join('\n') : 'No flow would become possible or impossible.');
}
