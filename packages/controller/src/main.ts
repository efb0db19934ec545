import { join } from 'node:path';
import { CodedError } from '@netloom/core/errors/coded-error';
import { destination, pino } from 'pino';
import { type ControllerOptions, HELP, readControllerOptions } from './controller-options.ts';
import { resetAdminPassword } from './reset-admin-password.ts';
import { runController } from './run-controller.ts';

const log = pino({ name: 'netloom-controller' }, destination({ fd: 2, sync: true }));

try {
  const options = readControllerOptions(process.argv.slice(2), process.env);
  if (options === undefined) console.log(HELP);
  else if (options.resetAdminPassword) await resetAdminPassword(options);
  else await serve(options);
} catch (error) {
  if (!(error instanceof CodedError)) throw error;
  console.error(`netloom controller: ${error.code}: ${error.message}\n  ${error.remedy}`);
  process.exitCode = error.code === 'OPTION_INVALID' ? 2 : 1;
}

async function serve(options: ControllerOptions): Promise<void> {
  const controller = await runController(options, log);
  const cloudsFile = join(options.dataFolder, 'clouds.yaml');
  if (controller.adminPassword !== undefined)
    console.error(
      `the password of user admin is ${controller.adminPassword}; it stands in ${cloudsFile} and is not shown again`,
    );
  const { url, agentAddresses, databasePid } = controller;
  console.log(JSON.stringify({ ready: true, url, agentAddresses, databasePid, cloudsFile }));
  const end = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end.resolve);
  log.info({ signal: await end.promise }, 'ending');
  await controller[Symbol.asyncDispose]();
}
