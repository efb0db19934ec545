/** The agents of converge.bench.ts, all in this one process. Arguments: number of hosts, address of the controller, folder. */
import { join } from 'node:path';
import { runAgent } from '@netloom/agent/agent';
import { parseLinkKey } from '@netloom/api/link/link-key';
import { memoryDriver, memoryTarget } from '@netloom/drivers/memory';
import { pino } from 'pino';

export type AgentsOrder = { readonly keys: readonly string[] } | 'last applied';
export interface AgentsAnswer {
  /** When the last step of any agent was done, in milliseconds since 1970. */
  readonly lastApplied: number;
}

const [, controller = '', folder = ''] = process.argv.slice(2);
const log = pino({ level: 'error' });
let lastApplied = 0;

function start(text: string, i: number): void {
  const key = parseLinkKey(text);
  const driver = memoryDriver(memoryTarget(), `10.0.${Math.floor((i + 1) / 256)}.${(i + 1) % 256}`);
  const apply: typeof driver.apply = async (steps, signal) => {
    const outcomes = await driver.apply(steps, signal);
    lastApplied = performance.timeOrigin + performance.now();
    return outcomes;
  };
  const options = {
    host: key.host,
    controllers: [controller],
    key,
    driver: { ...driver, apply },
    dataFolder: join(folder, key.host),
    log,
  };
  runAgent(options, new AbortController().signal).catch((error: unknown) => {
    log.fatal({ err: error }, 'an agent ended');
    process.exit(1);
  });
}

process.on('message', (order: AgentsOrder) => {
  if (order !== 'last applied') order.keys.forEach(start);
  process.send?.({ lastApplied } satisfies AgentsAnswer);
});
// Nothing of this outlives the bench.
process.on('disconnect', () => process.exit(0));
