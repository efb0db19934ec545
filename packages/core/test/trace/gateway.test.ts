import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Model } from '@netloom/core/compile/weave';
import { GATEWAY_OWNER } from '@netloom/core/model/port';
import { floatingIp, group, router, rule } from '../compile/objects.ts';
import {
  ask,
  brief,
  changedPort,
  gateway,
  leg,
  MODEL,
  OUT,
  OWN,
  onlyFrom,
  onlyTo,
  port,
  road,
  texts,
} from './gateway-model.ts';

test('what has no floating IP leaves on the host of the gateway, with the address of the router, and its reply gets back', () => {
  const result = ask('web-3', OUT);
  assert.equal(brief(result), 'pass');
  assert.deepEqual(road(result), [
    'there h2 port ports/web-3',
    'there h2 segment segments/web',
    'there h2 uplink uplinks/r1',
    'there h1 tunnel segments/web',
    'there h1 gateway gateways/r1',
    'there h1 nat gateways/r1',
    'there h1 remote remotes/out',
    'there h3 tunnel segments/x',
    'there h3 deliver ports/out',
    'back h3 port ports/out',
    'back h3 segment segments/x',
    'back h3 remote remotes/r1-x',
    'back h1 tunnel segments/x',
    'back h1 nat gateways/r1',
    'back h1 router routers/r1',
    'back h1 remote remotes/web-3',
    'back h2 tunnel segments/web',
    'back h2 deliver ports/web-3',
  ]);
  assert.deepEqual(texts(result, 'uplink'), [
    'there: router r1 takes it in at 10.0.0.1 on segment web and sends it to its gateway, behind tunnel end 192.0.2.1 on segment web',
  ]);
  assert.deepEqual(texts(result, 'gateway'), [
    'there: router r1 takes it in at 10.0.0.1 on segment web and sends it out of its gateway at 203.0.113.5 on segment x, by the prefix of that interface',
  ]);
  assert.deepEqual(texts(result, 'nat'), [
    'there: it leaves as 203.0.113.5, which router r1 has at its gateway, instead of as 10.0.0.13',
    'back: as reply of a flow that was translated here, it goes on to 10.0.0.13, for which 203.0.113.5 stood',
  ]);
});

test('on the host of the gateway nothing meets the underlay before it is outside', () => {
  const result = ask('web-4', OUT);
  assert.equal(brief(result), 'pass');
  assert.ok(road(result).every((step) => !step.includes('uplink')));
  assert.ok(result.steps.filter(({ row }) => row.id === 'r1').every((step) => step.host === 'h1'));
});

test('a floating IP stands for its workload both ways', () => {
  for (const [from, fixed, address] of [
    ['web-1', '10.0.0.11', '203.0.113.11'],
    ['web-2', '10.0.0.12', '203.0.113.12'],
    ['twin-1', '10.0.0.11', '203.0.113.21'],
  ] as const) {
    const out = ask(from, OUT);
    assert.equal(brief(out), 'pass', from);
    assert.equal(texts(out, 'nat')[0], `there: ${address} stands for ${fixed}, so it leaves as ${address}`);
    const back = ask('out', address);
    assert.equal(brief(back), 'pass', from);
    assert.equal(back.steps.find(({ what }) => what === 'deliver')?.row.id, from);
  }
  const inwards = ask('out', '203.0.113.12');
  assert.deepEqual(road(inwards).slice(2), [
    'there h3 remote remotes/r1-x',
    'there h1 tunnel segments/x',
    'there h1 nat floatingIps/f2',
    'there h1 router routers/r1',
    'there h1 remote remotes/web-2',
    'there h2 tunnel segments/web',
    'there h2 deliver ports/web-2',
    'back h2 port ports/web-2',
    'back h2 segment segments/web',
    'back h2 uplink uplinks/r1',
    'back h1 tunnel segments/web',
    'back h1 nat floatingIps/f2',
    'back h1 gateway gateways/r1',
    'back h1 remote remotes/out',
    'back h3 tunnel segments/x',
    'back h3 deliver ports/out',
  ]);
  assert.deepEqual(texts(inwards, 'nat'), [
    'there: 203.0.113.12 stands for 10.0.0.12, so it goes on to that',
    'back: as reply of a flow that was translated here, it comes from 203.0.113.12 again',
  ]);
});

test('security groups see the addresses that are on the packet where it passes them', () => {
  const cases: readonly (readonly [string, string, Partial<Model>, string])[] = [
    // From outside to a floating IP: the receiver sees who sends, the sender the floating IP.
    ['out', '203.0.113.12', onlyFrom('web-2', `${OUT}/32`), 'pass'],
    ['out', '203.0.113.12', onlyFrom('web-2', '203.0.113.5/32'), 'drop there FILTER_DENIES'],
    ['out', '203.0.113.12', onlyTo('out', '203.0.113.12/32'), 'pass'],
    ['out', '203.0.113.12', onlyTo('out', '10.0.0.12/32'), 'drop there FILTER_DENIES'],
    // From inside: who is outside sees a floating IP or the router, never the sender.
    ['web-2', OUT, onlyFrom('out', '203.0.113.12/32'), 'pass'],
    ['web-2', OUT, onlyFrom('out', '10.0.0.12/32'), 'drop there FILTER_DENIES'],
    ['web-3', OUT, onlyFrom('out', `${OWN}/32`), 'pass'],
    ['web-3', OUT, onlyFrom('out', '10.0.0.13/32'), 'drop there FILTER_DENIES'],
    ['web-3', OUT, onlyTo('web-3', `${OUT}/32`), 'pass'],
    // From inside to a floating IP: the receiver sees the sender's floating IP, or the router.
    ['web-1', '203.0.113.12', onlyFrom('web-2', '203.0.113.11/32'), 'pass'],
    ['web-1', '203.0.113.12', onlyFrom('web-2', '10.0.0.11/32'), 'drop there FILTER_DENIES'],
    ['web-3', '203.0.113.12', onlyFrom('web-2', `${OWN}/32`), 'pass'],
    ['web-3', '203.0.113.12', onlyFrom('web-2', '10.0.0.13/32'), 'drop there FILTER_DENIES'],
    ['web-1', '203.0.113.12', onlyTo('web-1', '203.0.113.12/32'), 'pass'],
    ['web-1', '203.0.113.12', onlyTo('web-1', '10.0.0.12/32'), 'drop there FILTER_DENIES'],
    // To its own: what comes back in is no reply to what went out.
    ['web-2', '203.0.113.12', onlyFrom('web-2', '203.0.113.12/32'), 'pass'],
    ['web-2', '203.0.113.12', onlyFrom('web-2', '10.0.0.12/32'), 'drop there FILTER_DENIES'],
    // Between tenants: one floating IP to the other.
    ['twin-1', '203.0.113.11', onlyFrom('web-1', '203.0.113.21/32'), 'pass'],
    ['twin-1', '203.0.113.11', onlyFrom('web-1', '10.0.0.11/32'), 'drop there FILTER_DENIES'],
  ];
  for (const [from, to, changes, expected] of cases)
    assert.equal(brief(ask(from, to, changes)), expected, `${from} ${to}`);
});

test('a group that names its members does not know them by floating IPs', () => {
  const members = (remote: string): Partial<Model> => ({
    ports: MODEL.ports.map((each) =>
      ['web-1', 'web-2'].includes(each.id) ? { ...each, portSecurity: true, securityGroups: ['g'] } : each,
    ),
    securityGroups: [group('g')],
    securityGroupRules: [
      rule('in', 'g', { direction: 'ingress', remote: { kind: 'group', group: remote } }),
      rule('out', 'g', { direction: 'egress' }),
    ],
  });
  assert.equal(brief(ask('web-1', '10.0.0.12', members('g'))), 'pass');
  assert.equal(brief(ask('web-1', '203.0.113.12', members('g'))), 'drop there FILTER_DENIES');
});

test('between floating IPs of two tenants both gateways are passed, and each translates', () => {
  const result = ask('twin-1', '203.0.113.11');
  assert.equal(brief(result), 'pass');
  assert.deepEqual(
    road(result).filter((step) => / (nat|uplink|deliver) /.test(step)),
    [
      'there h1 uplink uplinks/r2',
      'there h2 nat floatingIps/f3',
      'there h1 nat floatingIps/f1',
      'there h1 deliver ports/web-1',
      'back h1 nat floatingIps/f1',
      'back h2 nat floatingIps/f3',
      'back h1 deliver ports/twin-1',
    ],
  );
  const onOne = ask('twin-1', '203.0.113.11', gateway('r2', { host: 'h1' }));
  assert.equal(brief(onOne), 'pass');
  assert.ok(onOne.steps.every((step) => step.host === 'h1'));
});

test('reached from inside, a floating IP sees its own router: or the answer would take the short way', () => {
  const result = ask('web-3', '203.0.113.12');
  assert.equal(brief(result), 'pass');
  assert.deepEqual(
    road(result).filter((step) => / (nat|uplink|router|deliver) /.test(step)),
    [
      'there h2 uplink uplinks/r1',
      'there h1 nat floatingIps/f2',
      'there h1 router routers/r1',
      'there h1 nat gateways/r1',
      'there h2 deliver ports/web-2',
      'back h2 uplink uplinks/r1',
      'back h1 nat floatingIps/f2',
      'back h1 router routers/r1',
      'back h2 deliver ports/web-3',
    ],
  );
  assert.equal(brief(ask('web-3', '203.0.113.12', gateway('r1', { snat: false }))), 'pass');
  const r1 = changedPort('r1-x', { fixedIps: [{ subnetId: 'x6', ip: 'fd00:9::5' }] });
  assert.equal(brief(ask('web-3', '203.0.113.12', r1)), 'drop back WRONG_ANSWER');
});

test('without translation for all a packet leaves as it is, and it is for those outside to know the way back', () => {
  const open = gateway('r1', { snat: false });
  const known = ask('web-3', OUT, open);
  assert.equal(brief(known), 'pass');
  assert.deepEqual(texts(known, 'nat'), []);
  assert.equal(brief(ask('web-3', OUT, { ...open, ...onlyFrom('out', '10.0.0.13/32') })), 'pass');
  assert.equal(brief(ask('web-2', OUT, { ...open, ...onlyFrom('out', '203.0.113.12/32') })), 'pass');
  const unknown = { subnets: MODEL.subnets.map((each) => ({ ...each, hostRoutes: [] })) };
  assert.equal(brief(ask('web-3', OUT, { ...open, ...unknown })), 'drop back NO_ROUTER');
});

test('who knows the way reaches a workload by its own address too, and that flow is not translated', () => {
  const result = ask('out', '10.0.0.12');
  assert.equal(brief(result), 'pass');
  assert.deepEqual(texts(result, 'nat'), []);
  const unknown = { subnets: MODEL.subnets.map((each) => ({ ...each, hostRoutes: [] })) };
  assert.equal(brief(ask('out', '10.0.0.12', unknown)), 'drop there NO_ROUTER');
});

test('an answer that takes another way than what it answers comes from a wrong address', () => {
  // r3 has the floating IP, and the workload answers by r1, which knows nothing of the flow.
  const changes: Partial<Model> = {
    ports: [
      ...MODEL.ports,
      leg('r3-web', 'web', { deviceId: 'r3', ip: '10.0.0.254' }),
      port('r3-x', 'x', { deviceOwner: GATEWAY_OWNER, deviceId: 'r3', ip: '203.0.113.7' }),
    ],
    routers: [...MODEL.routers, router('r3', { gateway: { port: 'r3-x', host: 'h2', snat: true } })],
    floatingIps: [floatingIp('f9', { address: '203.0.113.19', routerId: 'r3', fixedAddress: '10.0.0.13' })],
  };
  const result = ask('out', '203.0.113.19', changes);
  assert.equal(brief(result), 'drop back WRONG_ANSWER');
  assert.match(
    result.reason?.message ?? '',
    /it comes from 10\.0\.0\.13, and port out waits for an answer of 203\.0\.113\.19/,
  );
});

test('IPv6 is routed and never translated', () => {
  for (const [from, to] of [
    ['web-2', 'fd00:9::9'],
    ['out', 'fd00:1::12'],
  ] as const) {
    const result = ask(from, to);
    assert.equal(brief(result), 'pass', from);
    assert.deepEqual(texts(result, 'nat'), []);
  }
  const seen = (prefix: string): Partial<Model> => ({
    ...onlyFrom('out', prefix),
    securityGroupRules: (['ingress', 'egress'] as const).map((direction) =>
      rule(direction, 'g', {
        ...{ direction, family: 6 },
        remote: direction === 'ingress' ? { kind: 'prefix', prefix } : { kind: 'any' },
      }),
    ),
  });
  assert.equal(brief(ask('web-2', 'fd00:9::9', seen('fd00:1::12/128'))), 'pass');
  assert.equal(brief(ask('web-2', 'fd00:9::9', seen('fd00:9::5/128'))), 'drop there FILTER_DENIES');
});

test('a router answers for its address outside, from wherever it is asked', () => {
  for (const from of ['web-3', 'web-4', 'out', 'twin-1']) {
    const result = ask(from, OWN);
    assert.equal(brief(result), 'pass', from);
    assert.equal(result.steps.find(({ what }) => what === 'deliver')?.row.table, 'routers', from);
  }
});

test('the next hop outside gets what is on no network that is known', () => {
  const next = port('next', 'x', { host: 'h3', ip: '203.0.113.1' });
  const result = ask('web-2', '198.51.100.7', { ports: [...MODEL.ports, next] });
  assert.equal(brief(result), 'pass');
  assert.match(texts(result, 'gateway')[0] ?? '', /, by the gateway 203\.0\.113\.1 of its external network$/);
  assert.match(texts(result, 'deliver')[0] ?? '', /handed to port next .* as next hop to 198\.51\.100\.7/);
  // A default route of the router's own counts more.
  const routers = MODEL.routers.map((each) => ({ ...each, routes: [{ destination: '0.0.0.0/0', nexthop: OUT }] }));
  const other = ask('web-4', '198.51.100.7', { ports: [...MODEL.ports, next], routers });
  assert.equal(other.steps.find(({ what }) => what === 'deliver')?.row.id, 'out');
});
