/*
 * The lab's main process, started by ../control/launch.ts inside the lab's namespaces, with the state folder as its
 * working folder. It ends when the lab does; the kernel then ends everything else.
 */
import { readFile } from 'node:fs/promises';
import type { DaemonOptions } from '../control/launch.ts';
import { type ControlHandlers, serveControl } from '../control/serve-control.ts';
import { parseScenario } from '../scenario/parse-scenario.ts';
import type { Lab } from './lab.ts';
import { openLab } from './open-lab.ts';

const options = JSON.parse(process.argv[2] ?? '') as DaemonOptions;
const outerPid = Number(process.env['NETLOOM_LAB_PID']);
/** Time for the last answer to leave. */
const LAST_WORDS_MS = 50;

const said: string[] = [];
const listeners = new Set<(line: string) => void>();
const progress = (line: string): void => {
  said.push(line);
  console.log(line);
  for (const listener of listeners) listener(line);
};

async function open(): Promise<Lab> {
  const parsed = parseScenario(await readFile('scenario.yaml', 'utf8'), options.file);
  if ('errors' in parsed) throw new Error('the scenario has changed while the lab was starting');
  return openLab({ ...options, scenario: parsed.scenario, progress });
}

const opening = Promise.withResolvers<Lab>();
// Who asks gets the error; without a question there is nobody to tell but the log.
opening.promise.catch((error: unknown) => console.error(error));

function end(code: number): void {
  setTimeout(() => process.exit(code), LAST_WORDS_MS);
}

const handlers: ControlHandlers = {
  async ready(_, tell) {
    for (const line of said) tell(line);
    listeners.add(tell);
    try {
      return await (await opening.promise).status();
    } finally {
      listeners.delete(tell);
    }
  },
  status: async () => (await opening.promise).status(),
  check: async () => (await opening.promise).check(),
  move: async ({ workload, host }) => (await opening.promise).move(workload, host),
  fault: async (request) => {
    await (await opening.promise).fault(request);
    return null;
  },
  renew: async ({ workload }) => (await opening.promise).renew(workload),
  enter: async ({ place }) => ({ outerPid, ...(await opening.promise).enter(place) }),
  down: async () => {
    end(0);
    return null;
  },
};

await serveControl('control.sock', handlers);
try {
  opening.resolve(await open());
} catch (error) {
  opening.reject(error);
  // Whoever started the lab must have heard why.
  setTimeout(() => process.exit(1), 1000);
}
