import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NetloomClient } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import type { LogBody } from '@netloom/api/client/resources';
import { Command, InvalidArgumentError } from 'commander';
import { cliError } from '../cli-errors.ts';
import { eventWords } from '../logs/event-words.ts';

interface ShowFlags {
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Milliseconds between looks for new events: hosts tell of them twice a second. */
const LOOK = 1000;

/** `netloom logs show`: packets that security groups let through or dropped, as a log of the Networking API asks for them. */
export function logsCommand(): Command {
  const command = new Command('logs').description('show what security groups let through and drop');
  command
    .command('show <log>')
    .description('show the newest packets of a log, the newest last; its id or name')
    .option('--limit <number>', 'how many', limit, 50)
    .option('--follow', 'and then those that come')
    .option('--json', 'print one JSON document a line')
    .addHelpText('after', '\nopenstack network log create --resource-type security_group makes a log.')
    .action(show);
  return command;
}

async function show(reference: string, { limit: most, follow, json }: ShowFlags): Promise<void> {
  const client = await connect(await findCredentials());
  const { id, name, enabled } = await findLog(client, reference);
  if (!enabled) console.error(`Log ${name || id} is not enabled: nothing is told of.`);
  let filters: Record<string, string> = { limit: String(most) };
  for (;;) {
    const { events, next } = await client.logEvents(id, filters);
    for (const event of events) console.log(json ? JSON.stringify(event) : eventWords(event));
    if (!follow) {
      if (events.length === 0 && !json) console.error('Nothing yet.');
      return;
    }
    filters = { since: String(next) };
    await delay(LOOK);
  }
}

async function findLog(client: NetloomClient, reference: string): Promise<LogBody> {
  const found = (await client.logs.list()).filter(({ id, name }) => id === reference || name === reference);
  const [log] = found;
  if (log === undefined || found.length > 1) throw cliError('LOG_REFERENCE', { reference, count: found.length });
  return log;
}

/** Throws InvalidArgumentError. */
function limit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000)
    throw new InvalidArgumentError('write a number from 1 to 10000.');
  return value;
}
