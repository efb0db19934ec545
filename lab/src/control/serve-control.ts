import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { CodedError } from '@netloom/core/errors/coded-error';
import { labError } from '../errors.ts';
import type { ControlCalls, ControlMethod, ControlRequest, ControlResponse, WireError } from './messages.ts';

export type ControlHandlers = {
  readonly [M in ControlMethod]: (
    params: ControlCalls[M]['params'],
    progress: (line: string) => void,
  ) => Promise<ControlCalls[M]['result']>;
};

/** Serves the handlers on a unix socket. */
export function serveControl(path: string, handlers: ControlHandlers): Promise<Server> {
  const server = createServer((socket) => void serveOne(socket, handlers));
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once('error', reject);
  server.listen(path, () => resolve(server));
  return promise;
}

async function serveOne(socket: Socket, handlers: ControlHandlers): Promise<void> {
  socket.on('error', () => socket.destroy());
  const send = (response: ControlResponse): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(response)}\n`);
  };
  for await (const line of createInterface({ input: socket })) {
    const { method, params } = JSON.parse(line) as ControlRequest;
    const handler = handlers[method] as ControlHandlers[ControlMethod] | undefined;
    try {
      if (handler === undefined) throw labError('LAB_REQUEST', { method });
      send({ result: await handler(params as never, (progress) => send({ progress })) });
    } catch (error) {
      send({ error: wireError(error) });
    }
    socket.end();
    return;
  }
}

export function wireError(error: unknown): WireError {
  if (error instanceof CodedError) return { code: error.code, message: error.message, remedy: error.remedy };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'LAB_START', message: text, remedy: 'Please report this.' };
}
