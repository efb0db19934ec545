import { mustRun, openCommander } from '../../packages/drivers/src/bridge/commander.ts';

const commander = openCommander();

/** Runs a command in a named network namespace and gives what it printed. Rejects when it fails, or takes longer than 30 s. */
export function runIn(namespace: string, argv: readonly string[], input = ''): Promise<string> {
  const signal = new AbortController().signal;
  return mustRun(commander, ['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv], { signal, input });
}
