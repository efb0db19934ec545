import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deriveLinkKey, type LinkKey } from '@netloom/api/link/link-key';
import type { AgentMessage, ControllerMessage } from '@netloom/api/link/messages';
import { pskServer } from '@netloom/api/link/psk-server';
import { type WebSocket, WebSocketServer } from 'ws';
import { runLink } from '../../src/link/run-link.ts';
import { viewOf } from '../support/rows.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const KEY = deriveLinkKey(Buffer.alloc(32), 'h1', 1);
const HELLO = { type: 'applied', revision: 0, statuses: [] } as const satisfies AgentMessage;

/** A controller's end of the link that does what it is told. */
async function controller(t: TestContext, onAgent: (socket: WebSocket) => void): Promise<string> {
  const path = join(await scratchFolder(t), 'socket');
  const server = createServer(
    pskServer(({ host, serial }) => deriveLinkKey(Buffer.alloc(32), host, serial).psk).options,
  );
  const websockets = new WebSocketServer({ server });
  websockets.on('connection', onAgent);
  server.on('tlsClientError', () => undefined).listen(path);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of websockets.clients) socket.terminate();
    server.close();
  });
  return path;
}

function run(path: string, options: { key?: LinkKey; signal?: AbortSignal; got?: ControllerMessage[] } = {}) {
  return runLink(
    {
      address: { path },
      key: options.key ?? KEY,
      liveness: { ping: 20, silence: 100 },
      onOpen: () => HELLO,
      onMessage: (message) => void options.got?.push(message),
    },
    options.signal ?? new AbortController().signal,
  );
}

test('messages go both ways, and the abort ends the link', async (t) => {
  const heard: unknown[] = [];
  const path = await controller(t, (socket) => {
    socket.on('message', (data) => {
      heard.push(JSON.parse((data as Buffer).toString()));
      socket.send(JSON.stringify(viewOf(7, {})));
    });
  });
  const got: ControllerMessage[] = [];
  const ending = new AbortController();
  const running = run(path, { signal: ending.signal, got });
  while (got.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  ending.abort();
  await running;
  assert.deepEqual(heard, [HELLO]);
  assert.equal(got[0]?.type, 'view');
});

test('whatever a controller does wrong is a coded error', async (t) => {
  const cases: [string, string, (socket: WebSocket) => void][] = [
    ['no JSON', 'LINK_MALFORMED', (socket) => socket.send('{')],
    ['an unknown message', 'LINK_MALFORMED', (socket) => socket.send('{"type":"x"}')],
    ['a binary message', 'LINK_MALFORMED', (socket) => socket.send(Buffer.from('{}'))],
    [
      'a row that is none',
      'LINK_MALFORMED',
      (socket) => socket.send('{"type":"delta","revision":1,"delta":{"ports":{"upserts":[{}],"deletes":[]}}}'),
    ],
    [
      'an unknown table',
      'LINK_MALFORMED',
      (socket) => socket.send('{"type":"delta","revision":1,"delta":{"x":{"upserts":[],"deletes":[]}}}'),
    ],
    ['a close with a code of ours', 'LINK_DRIVER', (socket) => socket.close(4000, 'LINK_DRIVER: other driver')],
    ['any other close', 'LINK_CLOSED', (socket) => socket.close(1001)],
    ['a cut', 'LINK_CLOSED', (socket) => socket.terminate()],
    ['silence', 'LINK_SILENT', (socket) => socket.pause()],
  ];
  for (const [name, code, act] of cases)
    await t.test(name, async (t) => assert.rejects(run(await controller(t, act)), { code }));
});

test('another key is refused, and nobody there is unreachable', async (t) => {
  const path = await controller(t, () => assert.fail('it got in'));
  await assert.rejects(run(path, { key: { ...KEY, psk: Buffer.alloc(32, 1) } }), { code: 'LINK_REFUSED' });
  await assert.rejects(run(`${path}-not`), { code: 'LINK_UNREACHABLE' });
});
