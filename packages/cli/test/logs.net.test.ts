import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogEventBody } from '@netloom/api/client/resources';
import { openCloud } from '../../../test/support/cloud.ts';
import { netloom } from './netloom.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/netloom.js');

test('netloom logs show tells of real packets with their rule, and of drops without', {
  timeout: 240_000,
}, async (t) => {
  const cloud = await openCloud(t);
  const group = await cloud.group();
  const ping = await cloud.allow(group, { protocol: 'icmp' });
  const [client, near, far] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [await cloud.group()] }),
    cloud.guest({ host: 'h1', groups: [group] }),
    cloud.guest({ host: 'h2', groups: [group] }),
  ]);
  const makeLog = async (log: object): Promise<string> => {
    const made = await cloud.send('POST', '/v2.0/log/logs', { log: { resource_type: 'security_group', ...log } });
    return (made['log'] as { id: string }).id;
  };
  const all = await makeLog({ name: 'all', resource_id: group });
  const drops = await makeLog({ name: 'drops', target_id: far.port.id, event: 'DROP' });
  await cloud.settled();

  const { cloudsFile } = await cloud.lab.status();
  const env = { OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: 'netloom' };
  const show = async (log: string): Promise<LogEventBody[]> => {
    const { code, stdout, stderr } = await netloom(['logs', 'show', log, '--json'], env);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LogEventBody]));
  };
  const eventsOf = async (log: string, count: number): Promise<LogEventBody[]> => {
    for (const deadline = Date.now() + 15_000; Date.now() < deadline; await delay(200)) {
      const events = await show(log);
      if (events.length >= count) return events;
    }
    assert.fail(`no ${count} events of ${log}`);
  };
  const short = (events: readonly LogEventBody[]) =>
    events
      .map(({ event, host, destination, destination_port: to, security_group_rule_id: rule }) =>
        [event, host, destination, to, rule].join(' '),
      )
      .sort();

  assert.match((await netloom(['logs', 'show', 'all'], env)).stderr, /Nothing yet/);
  await client.sh(`ping -q -c 3 -i 0.05 -W 1 ${near.v4}`);
  await client.sh(`ping -q -c 3 -i 0.05 -W 1 ${far.v4}`);
  const connect = `import socket; s = socket.socket(); s.settimeout(0.3); s.connect_ex(("${far.v4}", 81))`;
  await client.sh(`python3 -c "${connect.replaceAll('"', '\\"')}"`);
  assert.deepEqual(short(await eventsOf('all', 3)), [
    `ACCEPT h1 ${near.v4}  ${ping}`,
    `ACCEPT h2 ${far.v4}  ${ping}`,
    `DROP h2 ${far.v4} 81 `,
  ]);
  assert.deepEqual(short(await eventsOf('drops', 1)), [`DROP h2 ${far.v4} 81 `]);
  const [first] = await show(all);
  assert.equal(first?.security_group_id, group);
  assert.equal(first?.source, client.v4);

  await t.test('--follow goes on as packets come', async () => {
    const following = execFile(process.execPath, [LAUNCHER, 'logs', 'show', 'drops', '--follow'], {
      env: { ...process.env, ...env },
    });
    t.after(() => void following.kill());
    let text = '';
    following.stdout?.on('data', (chunk: string) => {
      text += chunk;
    });
    const lines = async (count: number): Promise<void> => {
      for (const deadline = Date.now() + 15_000; Date.now() < deadline; await delay(100))
        if (text.split('\n').length > count) return;
      assert.fail(text);
    };
    await lines(1);
    await client.sh(`python3 -c "${connect.replaceAll('81', '82').replaceAll('"', '\\"')}"`);
    await lines(2);
    assert.match(
      text,
      new RegExp(`DROP +ingress tcp ${client.v4}:\\d+ -> ${far.v4}:82, \\d+ bytes, port ${far.port.id}\n$`),
    );
  });

  await t.test('a log that is off, or gone, tells nothing and leaves nothing on the hosts', async () => {
    await cloud.send('PUT', `/v2.0/log/logs/${all}`, { log: { enabled: false } });
    await cloud.settled();
    await client.sh(`ping -q -c 1 -W 1 ${near.v4}`);
    await client.sh(`ping -q -c 1 -W 1 ${far.v4}`);
    await delay(2500);
    assert.equal((await show(all)).filter(({ event }) => event === 'ACCEPT').length, 2);
    assert.match((await netloom(['logs', 'show', 'all'], env)).stderr, /not enabled/);
    await cloud.send('DELETE', `/v2.0/log/logs/${drops}`);
    await cloud.settled();
    for (const host of ['h1', 'h2'])
      assert.doesNotMatch(await cloud.inDataPlane(host, 'nft list ruleset'), /log prefix|limit/);
    const gone = await netloom(['logs', 'show', 'drops'], env);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /0 logs have the id or name "drops"/);
  });
});
