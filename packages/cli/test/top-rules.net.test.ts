import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openCloud } from '../../../test/support/cloud.ts';
import { netloom } from './netloom.ts';

interface Top {
  readonly rules: readonly { rule: string; packets: number; hosts: number; words: string }[];
  readonly unanswered: readonly string[];
}

test('netloom top rules counts real packets, and shows what nobody uses', {
  timeout: 180_000,
}, async (t: TestContext) => {
  const cloud = await openCloud(t);
  const group = await cloud.group();
  const ping = await cloud.allow(group, { protocol: 'icmp' });
  const unused = await cloud.allow(group, { protocol: 'tcp', port_range_min: 443, port_range_max: 443 });
  const [client, near, far] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [await cloud.group()] }),
    cloud.guest({ host: 'h1', groups: [group] }),
    cloud.guest({ host: 'h2', groups: [group] }),
  ]);
  await cloud.settled();
  const { cloudsFile } = await cloud.lab.status();
  const env = { OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: 'netloom' };
  const top = async (...words: string[]) => {
    const { code, stdout, stderr } = await netloom(['top', 'rules', '--security-group', group, ...words], env);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const read = async (...words: string[]) => JSON.parse(await top('--json', ...words)) as Top;
  const packetsOf = ({ rules }: Top, rule: string) => rules.find((each) => each.rule === rule)?.packets;

  for (const server of [near, far, far]) await client.sh(`ping -q -c 3 -i 0.05 -W 1 ${server.v4}`);
  const all = await read();
  assert.deepEqual(all.unanswered, []);
  assert.deepEqual(
    [packetsOf(all, ping), packetsOf(all, unused)],
    [3, 0],
    'one hit a flow, however many packets it has',
  );
  assert.deepEqual([packetsOf(await read('--host', 'h1'), ping), packetsOf(await read('--host', 'h2'), ping)], [1, 2]);

  const lines = (await top()).trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^PACKETS +BYTES +HOSTS +GROUP +RULE +ID$/);
  assert.match(lines[1] ?? '', new RegExp(`^3 +252 +2 +group-\\d+ +ingress icmp from any +${ping}$`));
  assert.ok(
    lines.slice(2).some((line) => /^0 +0 +2 +\S+ +ingress tcp 443 from any +/.test(line)),
    lines.join('\n'),
  );

  // Another rule taken away fills the chain anew.
  await cloud.revoke(unused);
  await cloud.settled();
  await client.sh(`ping -q -c 1 -W 1 ${near.v4}`);
  assert.equal(packetsOf(await read(), ping), 4);
});
