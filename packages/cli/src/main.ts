import { Command, CommanderError } from 'commander';
import { doctorCommand } from './commands/doctor.ts';
import { driftCommand } from './commands/drift.ts';
import { hostCommand } from './commands/host.ts';
import { labCommand } from './commands/lab.ts';
import { logsCommand } from './commands/logs.ts';
import { planCommand } from './commands/plan.ts';
import { plugCommand } from './commands/plug.ts';
import { statusCommand } from './commands/status.ts';
import { topCommand } from './commands/top.ts';
import { traceCommand } from './commands/trace.ts';
import { waitCommand } from './commands/wait.ts';
import { printFailure } from './print-failure.ts';

const program = new Command('netloom')
  .description('Weaves, segments and watches virtual networks across hosts.')
  .version('0.1.0')
  .exitOverride()
  .enablePositionalOptions()
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: true })
  .addHelpText(
    'after',
    `
Programs (each with its own --help):
  controller          holds what is wanted, speaks the API, tells the agents
  agent               makes one host so, and keeps it so

Commands that ask the controller log in as OpenStack clients do: OS_AUTH_URL and its companions, or the cloud
"netloom" (OS_CLOUD) of a clouds.yaml (OS_CLIENT_CONFIG_FILE).

Exit codes: 0 done; 1 failed or not as expected, with the reason in words; 2 wrong usage.`,
  );
for (const command of [
  labCommand(),
  planCommand(),
  plugCommand(),
  hostCommand(),
  statusCommand(),
  driftCommand(),
  traceCommand(),
  topCommand(),
  logsCommand(),
  waitCommand(),
  doctorCommand(),
])
  program.addCommand(command.exitOverride());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    printFailure(error);
    process.exitCode = 1;
  }
}
