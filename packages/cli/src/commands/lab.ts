import { check, down, exec, move, simulate, status, up } from '@netloom/lab/command';
import type { CheckReport } from '@netloom/lab/report';
import { Command } from 'commander';
import { printTable } from '../print-table.ts';
import { showTour } from '../show-tour.ts';

interface UpFlags {
  readonly listen: string;
  readonly detach?: boolean;
  readonly check?: boolean;
  readonly once?: boolean;
}

/** `netloom lab`: several hosts on this machine from one readable file. */
export function labCommand(): Command {
  const command = new Command('lab')
    .description('several emulated hosts on this machine, from one readable file')
    .enablePositionalOptions();
  command
    .command('up <file>')
    .description('open the lab of a scenario; Ctrl-C ends it')
    .option('--listen <address>', 'address of the API; port 0 takes a free one', '127.0.0.1:9696')
    .option('--detach', 'return when it is up; "lab down" ends it')
    .option('--check', 'answer every expectation when it is up')
    .option('--once', 'with --check: end after the table, 0 when all hold and 1 when not')
    .action(upAction);
  command
    .command('check')
    .description('answer every expectation of the lab by trace and by real packets')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => finishCheck(await check(), options.json));
  command
    .command('simulate <file>')
    .description('answer every expectation of a file by trace alone, without a lab')
    .option('--json', 'print one JSON document')
    .action(async (file: string, options: { json?: boolean }) => finishCheck(await simulate({ file }), options.json));
  command
    .command('exec <place> <command...>')
    .description('run a command in a workload or on a host: netloom lab exec web-1 -- ping db-1')
    .passThroughOptions()
    .action(async (place: string, words: string[]) => {
      // Everything behind the place is passed through, and so is the "--" that people write there.
      const command = words[0] === '--' ? words.slice(1) : words;
      process.exitCode = await exec({ place, command });
    });
  command
    .command('move <workload> <host>')
    .description('move a workload to another host under traffic, and print the gap')
    .option('--json', 'print one JSON document')
    .action(async (workload: string, host: string, options: { json?: boolean }) => {
      const report = await move({ workload, host });
      if (options.json) console.log(JSON.stringify(report, null, 2));
      else {
        const gap = report.gapMs === null ? 'nobody could probe it' : `longest gap ${report.gapMs.toFixed(0)} ms`;
        console.log(
          `${workload}: ${report.from} -> ${report.to}, ${gap}, ${report.probesLost} of ${report.probesSent} probes lost`,
        );
      }
    });
  command
    .command('status')
    .description('show what runs in the lab')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => printStatus(options.json));
  command
    .command('down')
    .description('end the lab')
    .action(async () => console.log((await down()) ? 'lab ended' : 'no lab was up'));
  return command;
}

async function upAction(file: string, flags: UpFlags): Promise<void> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());
  const onProgress = (line: string): void => console.error(`lab: ${line}`);
  const detach = flags.detach === true;
  const lab = await up({ file, detach, listen: flags.listen, onProgress, signal: ending.signal });
  const report = flags.check ? await check({ signal: ending.signal }) : undefined;
  if (report !== undefined) finishCheck(report, false);
  if (flags.once) await down();
  else {
    showTour(lab.status);
    if (!detach) await lab.ended;
  }
}

function finishCheck(report: CheckReport, json: boolean | undefined): void {
  process.exitCode = report.failed === 0 ? 0 : 1;
  if (json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  console.log('');
  printTable(
    ['EXPECTED', 'BY TRACE', 'ON THE WIRE', 'ROUND TRIP', ''],
    report.lines.map((line) => [
      line.text,
      line.traced,
      line.onWire ?? '-',
      typeof line.rttMs === 'number' ? `${line.rttMs.toFixed(2)} ms` : '-',
      line.holds ? 'ok' : line.problem,
    ]),
  );
  console.log(`\n${report.held} of ${report.lines.length} expectations hold`);
}

async function printStatus(json: boolean | undefined): Promise<void> {
  const lab = await status();
  if (json) {
    console.log(JSON.stringify(lab, null, 2));
    return;
  }
  console.log(`${lab.file}, API ${lab.networkUrl}\n`);
  printTable(
    ['HOST', 'DRIVER', 'UNDERLAY', 'AGENT'],
    lab.hosts.map(({ name, driver, underlayAddress, agentPid }) => [
      name,
      driver,
      underlayAddress,
      agentPid === null ? 'down' : 'up',
    ]),
  );
  console.log('');
  printTable(
    ['WORKLOAD', 'HOST', 'NETWORK', 'MAC', 'ADDRESSES'],
    lab.workloads.map(({ name, host, network, mac, addresses }) => [name, host, network, mac, addresses.join(' ')]),
  );
  const { frames, vxlan, group, innerGroup } = lab.underlay;
  console.log(
    `\nunderlay: ${frames} frames, ${vxlan} VXLAN, ${group} broadcast or multicast, ${innerGroup} carrying an overlay's broadcast`,
  );
}
