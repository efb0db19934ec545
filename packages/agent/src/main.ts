import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type LinkKey, parseLinkKey } from '@netloom/api/link/link-key';
import { CodedError } from '@netloom/core/errors/coded-error';
import type { Driver } from '@netloom/drivers/driver';
import { drivers } from '@netloom/drivers/registry';
import { pino } from 'pino';
import { runAgent } from './agent.ts';
import { agentError } from './agent-errors.ts';
import { type MainOptions, readOptions, USAGE } from './options.ts';

/** The program `netloom agent`; gives its exit code. */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());
  try {
    const options = readOptions(args, env);
    if (options === undefined) process.stdout.write(USAGE);
    else await run(options, ending.signal);
    return 0;
  } catch (error) {
    if (ending.signal.aborted) return 0;
    if (!(error instanceof CodedError)) throw error;
    process.stderr.write(`netloom agent: ${error.code}: ${error.message}\n${error.remedy}\n`);
    return error.code === 'AGENT_OPTION' ? 2 : 1;
  }
}

async function run(options: MainOptions, signal: AbortSignal): Promise<void> {
  // Written at once, so that a killed agent's last words are not lost.
  const log = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  const key = await readKey(options);
  const driver = await openDriver(options, key.host, signal);
  const { controllers, dataFolder } = options;
  const auditInterval = options.auditSeconds * 1000;
  await runAgent({ host: key.host, controllers, key, driver, dataFolder, log, auditInterval }, signal);
  log.info('agent ends; the data plane stays');
}

async function readKey({ keyFile: file, host }: MainOptions): Promise<LinkKey> {
  const fail = (reason: string, cause?: unknown) => agentError('AGENT_KEY_FILE', { file, reason }, cause);
  const [text, { mode }] = await Promise.all([readFile(file, 'utf8'), stat(file)]).catch((cause: Error) => {
    throw fail(cause.message, cause);
  });
  if ((mode & 0o077) !== 0) throw fail(`others may read it (mode ${(mode & 0o777).toString(8)})`);
  const key = parseKey(text, fail);
  if (host !== '' && host !== key.host) throw fail(`it is the key of host ${key.host}, not of ${host}`);
  return key;
}

function parseKey(text: string, fail: (reason: string, cause: unknown) => CodedError): LinkKey {
  try {
    return parseLinkKey(text);
  } catch (error) {
    throw error instanceof CodedError ? fail(error.message, error) : error;
  }
}

async function openDriver(options: MainOptions, host: string, signal: AbortSignal): Promise<Driver> {
  const open = Object.hasOwn(drivers, options.driver) ? drivers[options.driver] : undefined;
  if (open === undefined)
    throw agentError('AGENT_DRIVER_UNKNOWN', { driver: options.driver, known: Object.keys(drivers).join(', ') });
  const { underlay, namespace, dataFolder } = options;
  try {
    return await open({ host, underlay, namespace, stateFolder: join(dataFolder, options.driver) }, signal);
  } catch (error) {
    if (error instanceof CodedError || signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw agentError('AGENT_DRIVER_OPEN', { driver: options.driver, reason }, error);
  }
}

process.exit(await main(process.argv.slice(2), process.env));
