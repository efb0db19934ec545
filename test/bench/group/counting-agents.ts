/**
 * Agents of hosts without a data plane, all in this one process. Arguments: address of the controller, folder. What they keep is how
 * many members their sets have: a driver that kept each of 10,000 members in memory would be measured a hundred times over.
 */
import { join } from 'node:path';
import { runAgent } from '@netloom/agent/agent';
import { parseLinkKey } from '@netloom/api/link/link-key';
import { memoryDriver, memoryTarget } from '@netloom/drivers/memory';
import { pino } from 'pino';

const [controller = '', folder = ''] = process.argv.slice(2);
const log = pino({ level: 'error' });

function start(text: string, i: number): void {
  const key = parseLinkKey(text);
  const memory = memoryDriver(memoryTarget(), `10.0.${Math.floor((i + 1) / 256)}.${(i + 1) % 256}`);
  const driver: typeof memory = {
    ...memory,
    render({ addressSets }) {
      const item = { kind: 'addressSets', key: 'members', spec: addressSets.size, owners: [] };
      return new Map([['addressSets members', item]]);
    },
  };
  const dataFolder = join(folder, key.host);
  runAgent(
    { host: key.host, controllers: [controller], key, driver, dataFolder, log },
    new AbortController().signal,
  ).catch((error: unknown) => {
    log.fatal({ err: error }, 'an agent ended');
    process.exit(1);
  });
}

process.on('message', (keys: readonly string[]) => keys.forEach(start));
// Nothing of this outlives the bench.
process.on('disconnect', () => process.exit(0));
