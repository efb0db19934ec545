import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseLinkAddress } from '@netloom/api/link/link-address';
import { errorOfClose } from '@netloom/api/link/link-close';
import type { LinkKey } from '@netloom/api/link/link-key';
import type { AgentMessage } from '@netloom/api/link/messages';
import { pskConnect } from '@netloom/api/link/psk-client';
import { WebSocket } from 'ws';
import { listenForAgents } from '../../src/realize/agent-listener.ts';
import { makeHostKeys } from '../../src/realize/host-keys.ts';
import type { Realize } from '../../src/realize/realize.ts';
import { openWorld, until } from './world.ts';

const HELLO: AgentMessage = {
  type: 'hello',
  protocol: 1,
  vtep: '192.0.2.77',
  underlayMtu: 1500,
  driver: 'memory',
  abilities: {},
  revision: 0,
  digest: '',
};

function open(address: string, key: LinkKey): WebSocket {
  return new WebSocket('wss://controller/agent', {
    createConnection: () => pskConnect(parseLinkAddress(address), key),
    perMessageDeflate: false,
  });
}

/** Connects, sends the texts, and gives how the other side ended it: "CODE: words". */
async function endOf(address: string, key: LinkKey, ...texts: (string | Buffer)[]): Promise<string> {
  const socket = open(address, key);
  socket.on('error', () => undefined);
  socket.on('open', () => {
    for (const text of texts) socket.send(text);
  });
  const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
    let body = '';
    for await (const chunk of response as AsyncIterable<Buffer>) body += String(chunk);
    return body.trim();
  });
  const closed = once(socket, 'close').then(([code, reason]) => {
    const error = errorOfClose(code as number, String(reason), key.host);
    return `${error.code}: ${error.message}`;
  });
  return Promise.race([refused, closed]).finally(() => socket.terminate());
}

/** A handshake that fails: what the TLS of the client says. */
async function handshakeError(address: string, key: LinkKey): Promise<string> {
  const socket = open(address, key);
  const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
  return error.code ?? error.message;
}

async function isAlive(hub: Realize, key: LinkKey): Promise<void> {
  const socket = open(hub.addresses[0] ?? '', key);
  await once(socket, 'open');
  socket.send(JSON.stringify(HELLO));
  const [data] = await once(socket, 'message');
  assert.equal(JSON.parse(String(data)).type, 'view');
  socket.terminate();
  await once(socket, 'close');
}

test('only an agent with the newest key of a known host is let in', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const hub = await world.openHub();
  const [address = ''] = hub.addresses;
  const key = hub.keys.keyOf('h1', 1);
  await isAlive(hub, key);

  await t.test('another key', async () => {
    assert.match(await handshakeError(address, { ...key, psk: randomBytes(32) }), /^(EPROTO|ERR_SSL)/);
  });
  await t.test("another host's key under this host's name", async () => {
    assert.match(await handshakeError(address, { ...hub.keys.keyOf('h2', 1), host: 'h1' }), /^(EPROTO|ERR_SSL)/);
  });
  await t.test('the right key of a host that does not exist', async () => {
    assert.match(await endOf(address, hub.keys.keyOf('nobody', 1)), /^LINK_REFUSED: .*no such host/);
  });
  await t.test('a name that is no identity', async () => {
    assert.match(await handshakeError(address, { ...key, host: 'a/b' }), /^(EPROTO|ERR_SSL|ECONNRESET)/);
  });
  await t.test('a controller that does not hold the secret', async (t) => {
    const fake = await listenForAgents({
      addresses: [{ path: join(world.folder, 'fake') }],
      keys: makeHostKeys(randomBytes(32)),
      admit: async () => undefined,
      onAgent: () => assert.fail('it must not get that far'),
      onError: () => undefined,
    });
    t.after(() => fake[Symbol.asyncDispose]());
    assert.match(await handshakeError(`unix:${join(world.folder, 'fake')}`, key), /^(EPROTO|ERR_SSL)/);
  });
  await t.test('a serial that was rotated, and the agent that uses it now', async () => {
    const socket = open(address, key);
    await once(socket, 'open');
    socket.send(JSON.stringify(HELLO));
    await once(socket, 'message');
    await world.store.query(`UPDATE hosts SET key_serial = 2 WHERE name = 'h1'`);
    await world.store.query(`SELECT pg_notify('netloom_link_keys', 'h1')`);
    const [, reason] = await once(socket, 'close');
    assert.match(String(reason), /^LINK_REFUSED: .*rotated/);
    assert.match(await endOf(address, key), /^LINK_REFUSED: .*rotated/);
    await isAlive(hub, hub.keys.keyOf('h1', 2));
  });
});

test('the same over TCP', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const hub = await world.openHub({ listen: ['tcp://127.0.0.1:0'] });
  assert.match(hub.addresses[0] ?? '', /^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
  await isAlive(hub, hub.keys.keyOf('h1', 1));
  assert.match(
    await handshakeError(hub.addresses[0] ?? '', { ...hub.keys.keyOf('h1', 1), psk: randomBytes(32) }),
    /^(EPROTO|ERR_SSL)/,
  );
});

test('what is no message ends the link with a code, and the controller lives on', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const hub = await world.openHub({ times: { hello: 500, ping: 10_000 } });
  const [address = ''] = hub.addresses;
  const key = hub.keys.keyOf('h1', 1);
  const hello = JSON.stringify(HELLO);
  const cases: [name: string, expected: RegExp, ...texts: (string | Buffer)[]][] = [
    ['no JSON', /^LINK_MALFORMED/, '{"type":'],
    ['no object', /^LINK_MALFORMED/, '[1,2]'],
    ['binary', /^LINK_MALFORMED.*binary/, Buffer.from(hello)],
    ['an unknown kind', /^LINK_MALFORMED.*type/, '{"type":"__proto__"}'],
    ['another version', /^LINK_PROTOCOL.*version 2/, JSON.stringify({ ...HELLO, protocol: 2 })],
    ['a field too many', /^LINK_MALFORMED.*more/, JSON.stringify({ ...HELLO, more: 1 })],
    ['a field too few', /^LINK_MALFORMED.*vtep/, JSON.stringify({ ...HELLO, vtep: undefined })],
    ['a vtep that is no address', /^LINK_MALFORMED.*vtep/, JSON.stringify({ ...HELLO, vtep: 'x' })],
    ['another driver', /^LINK_DRIVER.*memory/, JSON.stringify({ ...HELLO, driver: 'bridge' })],
    ['a report before the hello', /^LINK_MALFORMED/, '{"type":"applied","revision":1,"statuses":[]}'],
    ['a second hello', /^LINK_MALFORMED.*second/, hello, hello],
    ['a text that no database takes', /^LINK_MALFORMED/, JSON.stringify({ ...HELLO, driver: 'a\0b' })],
    ['nothing at all', /^LINK_SILENT/],
    ['a message too large', /^LINK_TOO_LARGE/, `"${'x'.repeat(17 << 20)}"`],
  ];
  for (const [name, expected, ...texts] of cases)
    await t.test(name, async () => assert.match(await endOf(address, key, ...texts), expected));
  await isAlive(hub, key);
});

test('two hosts cannot end tunnels at one address', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  await world.addHost('h2');
  const hub = await world.openHub();
  await isAlive(hub, hub.keys.keyOf('h1', 1));
  assert.match(
    await endOf(hub.addresses[0] ?? '', hub.keys.keyOf('h2', 1), JSON.stringify(HELLO)),
    /^LINK_VTEP_TAKEN: .*192\.0\.2\.77/,
  );
});

test('the newer of two connections of a host stays', async (t) => {
  const world = await openWorld(t);
  await world.addHost('h1');
  const hub = await world.openHub();
  const key = hub.keys.keyOf('h1', 1);
  const older = endOf(hub.addresses[0] ?? '', key, JSON.stringify(HELLO));
  await until('connected', () => hub.isConnected('h1'));
  await isAlive(hub, key);
  assert.match(await older, /^LINK_REPLACED/);
});

test('a socket that a killed controller left is taken over, one in use is not', async (t) => {
  const world = await openWorld(t);
  const listen = [`unix:${join(world.folder, 'hub')}`];
  const hub = await world.openHub({ listen });
  await assert.rejects(world.openHub({ listen }), { code: 'EADDRINUSE' });
  await hub[Symbol.asyncDispose]();
  const { spawnSync } = await import('node:child_process');
  const script = `require('net').createServer().listen(${JSON.stringify(join(world.folder, 'hub'))}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  await world.openHub({ listen });
  await delay(0);
});
