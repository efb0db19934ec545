import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { probeFacts } from '../src/bridge/facts.ts';
import { emulateHost, sh } from './emulated-host.ts';
import { inNamespaces } from './in-namespaces.ts';

const KILLS = 24;

if (await inNamespaces(import.meta.filename)) {
  const { signal } = new AbortController();
  const host = await emulateHost();
  const options = { underlay: { address: host.vtep } };
  const module = (path: string): string => new URL(path, import.meta.url).href;
  /** What an agent does first: it says when it begins, and is killed before it could say more. */
  const PROBER = `import { openCommander } from '${module('../src/bridge/commander.ts')}';
import { probeFacts } from '${module('../src/bridge/facts.ts')}';
const [hostNamespace, options] = JSON.parse(process.argv[1]);
const commander = openCommander({ prefix: ['nsenter', '--net=' + hostNamespace, '--'], hostNamespace });
console.log('begins');
await probeFacts(options, commander, new AbortController().signal);`;

  test(`an agent killed at one of ${KILLS} moments of finding out what its host can do is in nobody's way`, async () => {
    const begin = performance.now();
    const wanted = await probeFacts(options, host.commander, signal);
    const length = performance.now() - begin;
    const namespaces = await sh('ip netns list');
    const words = JSON.stringify([host.commander.hostNamespace, options]);
    for (let kill = 0; kill < KILLS; kill++) {
      const prober = spawn(process.execPath, ['--input-type=module', '-e', PROBER, words], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(prober.stdout, 'data');
      await delay((kill / KILLS) * length);
      prober.kill('SIGKILL');
      assert.deepEqual(await probeFacts(options, host.commander, signal), wanted, `after kill ${kill}`);
    }
    assert.equal(await sh('ip netns list'), namespaces);
    await host.close();
  });

  test('several at the same time find out the same', async () => {
    const another = await emulateHost();
    const place = { underlay: { address: another.vtep } };
    const found = await Promise.all(Array.from({ length: 6 }, () => probeFacts(place, another.commander, signal)));
    for (const each of found) assert.deepEqual(each, found[0]);
    assert.equal(found[0]?.facts.abilities['port_filter'], true);
    await another.close();
  });
}
