import { access } from 'node:fs/promises';
import { runCommand } from './run-command.ts';
import { serviceError } from './service-errors.ts';

/** Where iproute2 keeps namespaces by name (ip-netns(8)). */
export const NAMESPACE_FOLDER = '/run/netns';

export async function namespaceExists(namespace: string): Promise<boolean> {
  return await access(`${NAMESPACE_FOLDER}/${namespace}`).then(
    () => true,
    () => false,
  );
}

export async function putNamespace(namespace: string, signal: AbortSignal): Promise<void> {
  const { code } = await runCommand(['ip', '-n', namespace, 'link', 'show', 'dev', 'lo'], signal);
  if (code === 0) return;
  // A name with nothing behind it (after a reboot without a clean /run) is in the way of a new namespace.
  await removeNamespace(namespace, signal);
  await need(['ip', 'netns', 'add', namespace], signal);
}

export async function removeNamespace(namespace: string, signal: AbortSignal): Promise<void> {
  if (await namespaceExists(namespace)) await need(['ip', 'netns', 'del', namespace], signal);
}

/** Runs lines of `ip` in a namespace; throws when one of them fails. */
export async function ipBatch(namespace: string, lines: readonly string[], signal: AbortSignal): Promise<void> {
  if (lines.length > 0) await need(['ip', '-n', namespace, '-batch', '-'], signal, `${lines.join('\n')}\n`);
}

/** Runs a command that must succeed; gives what it printed. */
export async function need(argv: [string, ...string[]], signal: AbortSignal, input = ''): Promise<string> {
  const { code, stdout, stderr } = await runCommand(argv, signal, input);
  if (code === 0) return stdout;
  throw serviceError('SERVICE_COMMAND_FAILED', { command: argv.join(' '), reason: stderr.trim() || `status ${code}` });
}

/** iproute2 prints nothing at all for an empty list in some places. */
export function parseJson(text: string): unknown {
  return text.trim() === '' ? [] : JSON.parse(text);
}
