import { driverError } from '../errors.ts';
import type { Commander } from './commander.ts';

/** A network namespace to try things in. */
export interface ScratchNamespace extends AsyncDisposable {
  /** Words before a command that take it inside. */
  readonly inside: readonly string[];
}

const READY = /^ready (\d+)$/;

/**
 * The namespace has no name: it belongs to a process that dies with this one, and is gone with it. So whoever is killed half-way leaves
 * nothing behind, and the last commands of a killed process never meet the namespace of the next. Rejects with BRIDGE_NOT_PERMITTED, and
 * the signal's reason.
 */
export async function openScratchNamespace(commander: Commander, signal: AbortSignal): Promise<ScratchNamespace> {
  signal.throwIfAborted();
  const said: string[] = [];
  const ready = Promise.withResolvers<string | undefined>();
  const script = 'exec 2>&1; exec unshare --net -- sh -c "echo ready \\$\\$; exec cat"';
  const holder = commander.follow(['sh', '-c', script], (line) => {
    said.push(line);
    const pid = READY.exec(line)?.[1];
    if (pid !== undefined) ready.resolve(pid);
  });
  const giveUp = (): void => ready.reject(signal.reason);
  signal.addEventListener('abort', giveUp);
  try {
    const pid = await Promise.race([ready.promise, holder.ended.then(() => undefined)]);
    if (pid === undefined)
      throw driverError('BRIDGE_NOT_PERMITTED', { reason: said.join(' ') || 'the process that holds it has ended' });
    return {
      inside: ['nsenter', `--net=/proc/${pid}/ns/net`, '--'],
      [Symbol.asyncDispose]: () => holder.stop(),
    };
  } catch (error) {
    await holder.stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
