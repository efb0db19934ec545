import { Command } from 'commander';
import { examine, type Finding } from '../examine.ts';
import { printTable } from '../print-table.ts';

/** `netloom doctor`: whether this machine can run a controller, an agent or a lab, and the one line that mends it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('examine this machine: what is missing, and the line that brings it')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine();
      if (options.json) console.log(JSON.stringify(findings, null, 2));
      else printTable(['', 'WHAT', 'FOUND', 'REMEDY'], findings.map(rowOf));
      process.exitCode = findings.some(({ verdict }) => verdict === 'missing') ? 1 : 0;
    });
}

function rowOf({ verdict, what, found, remedy }: Finding): string[] {
  return [{ good: 'ok', warning: '!', missing: 'x' }[verdict], what, found, remedy];
}
