import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@netloom/api/client/connect';
import { credentialsFrom } from '@netloom/api/client/credentials';
import { openHttpClient } from '@netloom/api/client/http';
import { type ControllerProcess, startController } from '../support/controller-process.ts';
import { liftQuotas } from '../support/lift-quotas.ts';
import { type LoadClient, openLoadClient } from '../support/load.ts';

const ROUNDS = 20;
/** The kill comes before this many writes of a round are acknowledged; the writers themselves never stop. */
const WRITES = 1000;
const CLIENTS = 8;

interface PortAnswer {
  readonly port: { readonly id: string; readonly fixed_ips: readonly { readonly ip_address: string }[] };
}

test(`${ROUNDS} rounds of ${WRITES} writes, controller and PostgreSQL killed at a random moment: every acknowledged write is there`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netloom-faults-'));
  let controller = await startController(folder);
  t.after(async () => {
    await controller.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const acknowledged = new Map<string, string>();
  const network = await makeNetwork(controller);
  for (let round = 1; round <= ROUNDS; round++) {
    const client = await openLoadClient(await credentialsFrom(controller.cloudsFile), CLIENTS);
    const before = acknowledged.size;
    const writing = writeUntilCut(client, network, acknowledged);
    const moment = 1 + Math.floor(Math.random() * WRITES);
    let ended: readonly string[] | undefined;
    void writing.then((refusals) => (ended = refusals));
    while (acknowledged.size - before < moment && !ended) await sleep(1);
    assert.equal(ended, undefined, `the writers stopped by themselves after ${acknowledged.size - before} writes`);
    process.kill(controller.databasePid, 'SIGKILL');
    await controller.end('SIGKILL');
    await writing;
    client.close();
    controller = await startController(folder);
    await verify(controller, network, acknowledged);
    t.diagnostic(`round ${round}: killed after write ${moment}, ${acknowledged.size - before} acknowledged, all there`);
  }
  assert.ok(acknowledged.size > ROUNDS, 'the rounds hardly wrote anything');
});

/** Each writer ends with the first write that is not acknowledged; gives what it got instead. */
function writeUntilCut(client: LoadClient, network: string, acknowledged: Map<string, string>): Promise<string[]> {
  const writer = async (): Promise<string> => {
    for (;;) {
      const reply = await client
        .send('POST', '/v2.0/ports', { port: { network_id: network } })
        .catch((error: Error) => ({ status: 0, text: error.message }));
      if (reply.status !== 201) return `${reply.status} ${reply.text}`;
      const { port } = JSON.parse(reply.text) as PortAnswer;
      acknowledged.set(port.id, port.fixed_ips[0]?.ip_address ?? '');
    }
  };
  return Promise.all(Array.from({ length: CLIENTS }, writer));
}

async function verify(
  controller: ControllerProcess,
  network: string,
  acknowledged: ReadonlyMap<string, string>,
): Promise<void> {
  const client = await connect(await credentialsFrom(controller.cloudsFile));
  const ports = await client.ports.list({ network_id: network });
  const found = new Map(ports.map((port) => [port.id, port.fixed_ips[0]?.ip_address]));
  const lost = [...acknowledged].filter(([id, address]) => found.get(id) !== address);
  assert.deepEqual(lost, [], 'acknowledged ports that are gone or changed');
  assert.equal(new Set(found.values()).size, found.size, 'an address was given twice');
}

/** A network for as many ports as come: the usual quota of a project is 500. */
async function makeNetwork(controller: ControllerProcess): Promise<string> {
  const credentials = await credentialsFrom(controller.cloudsFile);
  const client = await connect(credentials);
  const { id } = await client.networks.create({ name: 'faults' });
  await client.subnets.create({ network_id: id, ip_version: 4, cidr: '10.0.0.0/16' });
  await liftQuotas(await openHttpClient(credentials), ['port']);
  return id;
}
