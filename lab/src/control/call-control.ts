import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { CodedError } from '@netloom/core/errors/coded-error';
import { labError } from '../errors.ts';
import type { ControlCalls, ControlMethod, ControlResponse } from './messages.ts';
import type { StateFolder } from './state-folder.ts';

export interface CallOptions {
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the lab of a state folder. Throws LAB_NOT_UP when none answers there, LAB_ENDED when it dies meanwhile. */
export async function callControl<M extends ControlMethod>(
  folder: StateFolder,
  request: { readonly method: M; readonly params: ControlCalls[M]['params'] },
  options: CallOptions = {},
): Promise<ControlCalls[M]['result']> {
  const socket = await openControl(folder);
  const abort = (): void => void socket.destroy();
  options.signal?.addEventListener('abort', abort);
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of createInterface({ input: socket })) {
      const response = JSON.parse(line) as ControlResponse;
      if ('progress' in response) options.onProgress?.(response.progress);
      else if ('result' in response) return response.result as ControlCalls[M]['result'];
      else throw new CodedError(response.error.code, response.error, {});
    }
    throw labError('LAB_ENDED', { log: folder.log });
  } catch (error) {
    options.signal?.throwIfAborted();
    // A lab that is killed resets the connection.
    throw error instanceof CodedError ? error : labError('LAB_ENDED', { log: folder.log }, error);
  } finally {
    options.signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function openControl(folder: StateFolder): Promise<Socket> {
  const socket = connect(folder.socket);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw labError('LAB_NOT_UP', { folder: folder.path }, cause);
  }
  // What breaks later ends the stream of lines.
  socket.on('error', () => undefined);
  return socket;
}
