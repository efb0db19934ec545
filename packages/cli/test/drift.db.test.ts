import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAgent } from '@netloom/agent/agent';
import { connect, type NetloomClient } from '@netloom/api/client/connect';
import { credentialsFrom } from '@netloom/api/client/credentials';
import type { EventBody } from '@netloom/api/client/resources';
import { parseLinkKey } from '@netloom/api/link/link-key';
import { pino } from 'pino';
import { type ControllerProcess, startController } from '../../../test/support/controller-process.ts';
import { scriptedDriver } from '../../agent/test/support/scripted-driver.ts';
import { netloom } from './netloom.ts';

test('netloom drift tells what was found, where, when, and what was done', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netloom-drift-'));
  const controller = await startController(join(folder, 'controller'));
  const ending = new AbortController();
  t.after(async () => {
    ending.abort();
    await controller.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  const client = await connect(await credentialsFrom(controller.cloudsFile));
  const env = { OS_CLIENT_CONFIG_FILE: controller.cloudsFile, OS_CLOUD: 'netloom' };
  const drift = (...words: string[]) => netloom(['drift', ...words], env);
  const before = await drift();
  assert.equal(before.stdout, 'Nothing was changed by others.\n', before.stderr);

  const hosts = [];
  for (const name of ['h1', 'h2']) hosts.push(await startHost(client, { name, folder, controller }, ending.signal));
  const network = await client.networks.create({ name: 'blue' });
  const ports = [];
  for (const host of ['h1', 'h2'])
    ports.push(await client.ports.create({ network_id: network.id, 'binding:host_id': host }));
  assert.equal((await client.realization({ waitSeconds: 20 })).state, 'done');

  hosts[0]?.target.delete(`ports ${ports[0]?.id}`);
  hosts[0]?.twitch();
  await eventsOf(client, 1);
  const refused = hosts[1];
  assert.ok(refused);
  refused.script = () => ({ result: 'failed', code: 'BRIDGE_REFUSED', message: 'the kernel said no' });
  refused.target.delete(`ports ${ports[1]?.id}`);
  refused.twitch();
  await eventsOf(client, 2);

  const all = await drift();
  const [heading = '', first = '', second = '', ...rest] = all.stdout.trimEnd().split('\n');
  assert.match(heading, /^TIME +HOST +FOUND +DONE +WHAT$/);
  assert.match(first, new RegExp(`^\\S+Z +h1 +missing +repaired +ports ${ports[0]?.id} was removed$`));
  assert.match(second, new RegExp(`h2 +missing +not repaired +ports ${ports[1]?.id} was removed; BRIDGE_REFUSED: `));
  assert.deepEqual(rest, []);

  const of = async (...words: string[]) =>
    (JSON.parse((await drift('--json', ...words)).stdout) as { events: EventBody[] }).events.map(({ host }) => host);
  assert.deepEqual(await of(), ['h1', 'h2']);
  assert.deepEqual(await of('--host', 'h1'), ['h1']);
  assert.deepEqual(await of('--since', '10m'), ['h1', 'h2']);
  assert.deepEqual(await of('--since', new Date(Date.now() + 60_000).toISOString()), []);
  const wrong = await drift('--since', 'yesterday');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /10m/);
});

/** A host whose agent is the real one and whose data plane is a map. */
async function startHost(
  client: NetloomClient,
  { name, folder, controller }: { name: string; folder: string; controller: ControllerProcess },
  signal: AbortSignal,
) {
  const { link_key: key = '' } = await client.hosts.create({ name, driver: 'scripted' });
  const scripted = scriptedDriver();
  // No two hosts may end their tunnels at one address.
  const driver = Object.assign(scripted, { facts: { ...scripted.facts, vtep: `192.0.2.${name.slice(1)}` } });
  const options = {
    host: name,
    controllers: [controller.agentAddress],
    key: parseLinkKey(key ?? ''),
    driver,
    dataFolder: join(folder, name),
    log: pino({ level: 'silent' }),
  };
  void runAgent(options, signal);
  return driver;
}

async function eventsOf(client: NetloomClient, count: number): Promise<void> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(50))
    if ((await client.events()).length >= count) return;
  assert.fail(`no ${count} events`);
}
