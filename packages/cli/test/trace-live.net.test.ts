import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveTraceBody } from '@netloom/api/client/resources';
import { openCloud } from '../../../test/support/cloud.ts';
import { netloom } from './netloom.ts';

const WEB = { protocol: 'tcp', port_range_min: 80, port_range_max: 80 };

test('netloom trace --live sends the packet, and trace and data plane agree', {
  timeout: 240_000,
}, async (t: TestContext) => {
  const cloud = await openCloud(t);
  const [open, mute] = [await cloud.group(), await cloud.silentGroup()];
  const served = await cloud.group();
  const rules: Record<string, string> = {};
  for (const ethertype of ['IPv4', 'IPv6']) {
    rules[`tcp ${ethertype}`] = await cloud.allow(served, { ...WEB, ethertype });
    rules[`udp ${ethertype}`] = await cloud.allow(served, { ...WEB, ethertype, protocol: 'udp' });
    rules[`icmp ${ethertype}`] = await cloud.allow(served, { protocol: 'icmp', ethertype });
  }
  const guests = await Promise.all([
    cloud.guest({ host: 'h1', groups: [open] }),
    cloud.guest({ host: 'h1', groups: [served] }),
    cloud.guest({ host: 'h2', groups: [served] }),
    cloud.guest({ host: 'h1', groups: [mute] }),
  ]);
  const [client, near, far, silent] = guests;
  await cloud.settled();
  const { cloudsFile } = await cloud.lab.status();
  const env = { OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: 'netloom' };
  const raw = (from: string, to: string, ...words: string[]) =>
    netloom(['trace', '--live', '--from', from, '--to', to, ...words], env);
  const live = async (from: string, to: string, ...words: string[]) => {
    const { code, stdout, stderr } = await raw(from, to, ...words, '--json');
    assert.equal(stderr, '');
    return { code, ...(JSON.parse(stdout) as LiveTraceBody) };
  };
  const clean = async (): Promise<void> => {
    for (const host of ['h1', 'h2']) {
      const found = await cloud.inDataPlane(host, 'ip -o link; nft list tables');
      assert.doesNotMatch(found, /nlp|netloom_probe/);
      assert.doesNotMatch(await cloud.sh(host, 'ip netns list; ip -o link'), /nlp/);
    }
  };

  await t.test('what may pass is delivered, by the rules that the trace names', async () => {
    for (const server of [near, far]) {
      for (const [address, family] of [
        [server.v4, 'IPv4'],
        [server.v6, 'IPv6'],
      ] as const) {
        for (const protocol of ['tcp', 'udp', 'icmp']) {
          const words = protocol === 'icmp' ? ['--proto', 'icmp'] : ['--proto', protocol, '--dport', '80'];
          const found = await live(client.port.id, address, ...words);
          const about = JSON.stringify(found, null, 2);
          assert.deepEqual([found.code, found.live.verdict, found.live.agrees], [0, 'pass', true], about);
          // Nobody listens: TCP is reset and echoes are answered; nothing is the answer of a UDP port by itself.
          assert.equal(found.live.reply, protocol === 'udp' ? null : 'pass', about);
          const last = found.live.steps.find(({ what }) => what === 'deliver');
          assert.deepEqual([last?.host, last?.row], [server.host, `ports/${server.port.id}`]);
          const rule = rules[`${protocol} ${family}`];
          assert.ok(
            found.live.steps.some((step) => step.what === 'filter' && step.rule === rule),
            about,
          );
          assert.ok(
            found.trace.steps.some((step) => step.what === 'filter' && step.rule === rule),
            about,
          );
        }
      }
    }
  });

  await t.test('what is dropped dies where the trace says', async () => {
    const web = ['--proto', 'tcp', '--dport', '80'];
    const cases = [
      ['egress filter', await live(silent.port.id, near.v4, ...web), 'FILTER_DENIES', 'filter', 'h1'],
      [
        'ingress filter',
        await live(client.port.id, near.v4, '--proto', 'tcp', '--dport', '81'),
        'FILTER_DENIES',
        'filter',
        'h1',
      ],
      [
        'ingress filter far away',
        await live(client.port.id, far.v6, '--proto', 'udp', '--dport', '81'),
        'FILTER_DENIES',
        'filter',
        'h2',
      ],
      [
        'spoofed source',
        await live(client.port.id, near.v4, ...web, '--source', far.v4),
        'SPOOFED_SOURCE',
        'guard',
        'h1',
      ],
      [
        'rogue server',
        await live(client.port.id, near.v4, '--proto', 'udp', '--sport', '67', '--dport', '68'),
        'ROGUE_SERVER',
        'guard',
        'h1',
      ],
      [
        'unknown destination',
        await live(client.port.id, near.v4.replace(/\d+$/, '251'), ...web),
        'UNKNOWN_DESTINATION',
        undefined,
        undefined,
      ],
    ] as const;
    for (const [name, found, code, what, host] of cases) {
      const about = `${name}: ${JSON.stringify(found, null, 2)}`;
      assert.deepEqual(
        [found.code, found.trace.code, found.live.verdict, found.live.agrees],
        [1, code, 'drop', true],
        about,
      );
      const dropped = found.live.steps.find(({ verdict }) => verdict === 'drop');
      assert.deepEqual([dropped?.what, dropped?.host], [what, host], about);
    }
  });

  await t.test('people read both side by side, and what cannot be sent is said', async () => {
    const { code, stdout } = await raw(client.port.id, far.v4, '--proto', 'tcp', '--dport', '80');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^sent: tcp\/80 from \S+ port \d+ to \S+; its receiver has got it\n/);
    assert.match(stdout, /\nthere +h2 +deliver +yes +seen +reaches port /);
    assert.match(
      stdout,
      /\ntrace: pass\nlive: pass, reply pass\nthey agree: the packet is delivered on host h2 by the trace and /,
    );
    const unbound = await cloud.send('POST', '/v2.0/ports', { port: { network_id: cloud.network } });
    const refused = await raw((unbound['port'] as { id: string }).id, far.v4);
    assert.equal(refused.code, 2);
    assert.match(refused.stdout, /\nlive: nothing was sent: port \S+ is bound to no host\n$/);
  });

  await t.test('a data plane that somebody has changed does not agree', async () => {
    const chain = `f_${served}_in`;
    await cloud.inDataPlane(
      'h2',
      `nft add table inet stranger; nft "add chain inet stranger pre { type filter hook forward priority -5; }"; nft add rule inet stranger pre tcp dport 80 drop`,
    );
    const found = await live(client.port.id, far.v4, '--proto', 'tcp', '--dport', '80');
    assert.deepEqual(
      [found.code, found.trace.verdict, found.live.verdict, found.live.agrees],
      [3, 'pass', 'drop', false],
      `${chain} ${JSON.stringify(found.live)}`,
    );
    assert.equal(found.live.steps.at(-1)?.what, 'foreign');
    await cloud.inDataPlane('h2', 'nft delete table inet stranger');
  });

  await t.test('two at the same time do not meet, and nothing is left behind', async () => {
    const found = await Promise.all([
      live(client.port.id, far.v4, '--proto', 'tcp', '--dport', '80'),
      live(client.port.id, far.v4, '--proto', 'tcp', '--dport', '81'),
    ]);
    assert.deepEqual(
      found.map(({ code }) => code),
      [0, 1],
    );
    await clean();
  });

  await t.test('an agent that is killed midway leaves nothing, and the next trace works', async () => {
    const asking = raw(client.port.id, far.v4, '--proto', 'tcp', '--dport', '80');
    for (let i = 0; i < 200 && !/netloom_probe/.test(await cloud.inDataPlane('h2', 'nft list tables')); i++)
      await delay(10);
    await cloud.lab.fault({ action: 'kill', part: 'agent', host: 'h2' });
    const refused = await asking;
    assert.ok([0, 2].includes(refused.code), refused.stdout);
    for (let i = 0; i < 50; i++) {
      if (!/netloom_probe/.test(await cloud.inDataPlane('h2', 'nft list tables'))) break;
      await delay(20);
    }
    await clean();
    await cloud.lab.fault({ action: 'start', part: 'agent', host: 'h2' });
    while (!(await cloud.lab.client.hosts.get('h2')).connected) await delay(50);
    const again = await live(client.port.id, far.v4, '--proto', 'tcp', '--dport', '80');
    assert.equal(again.code, 0, JSON.stringify(again.live));
  });
});
