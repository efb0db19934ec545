import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Model, weave } from '@netloom/core/compile/weave';
import { probePlan } from '@netloom/core/trace/live/probe-plan';
import { loomWorld } from '@netloom/core/trace/world';
import { host } from '../compile/objects.ts';
import { ask, brief, changedPort, gateway, MODEL, OUT, without } from './gateway-model.ts';

const DROPS: readonly (readonly [string, string, string, string, Partial<Model>, RegExp])[] = [
  [
    'no gateway',
    'web-3',
    OUT,
    'NO_ROUTE',
    { routers: MODEL.routers.map((each) => ({ ...each, gateway: null })) },
    /router r1 has no route to 203\.0\.113\.9, and no gateway/,
  ],
  ['a gateway on no host', 'web-3', OUT, 'GATEWAY_NOWHERE', gateway('r1', { host: null }), /no host has been chosen/],
  [
    'a gateway that is down',
    'web-3',
    OUT,
    'GATEWAY_DOWN',
    changedPort('r1-x', { adminStateUp: false }),
    /by its gateway on host h1, whose port or network is out of service/,
  ],
  [
    'a gateway on a host that nothing gets to',
    'web-3',
    OUT,
    'NO_UPLINK',
    { hosts: [host('h1', null), host('h2', '192.0.2.2'), host('h3', '192.0.2.3')] },
    /host h2 has no way to that on host h1/,
  ],
  [
    'no next hop of the family',
    'web-3',
    '198.51.100.7',
    'NO_GATEWAY_NEXT_HOP',
    { subnets: MODEL.subnets.map((each) => (each.id === 'x4' ? { ...each, gatewayIp: null } : each)) },
    /no subnet of external segment x names an IPv4 gateway/,
  ],
  [
    'a next hop that is nobody',
    'web-3',
    '198.51.100.7',
    'NO_NEXT_HOP',
    {},
    /r1 reaches 198\.51\.100\.7 by 203\.0\.113\.1, which nobody on segment x has/,
  ],
  ['a floating IP that stands for nothing', 'out', '203.0.113.30', 'NO_FLOATING_IP', {}, /no floating IP that stands/],
  ['the same from inside', 'web-3', '203.0.113.30', 'NO_FLOATING_IP', {}, /on external segment x has the address/],
  [
    'a floating IP for an address that nobody has',
    'out',
    '203.0.113.22',
    'UNKNOWN_DESTINATION',
    {},
    /no port of segment web has the address 10\.0\.0\.77/,
  ],
  [
    'a floating IP of a gateway that is gone',
    'out',
    '203.0.113.11',
    'NO_FLOATING_IP',
    without('r1-x'),
    /203\.0\.113\.11/,
  ],
];

for (const [what, from, to, code, changes, words] of DROPS) {
  test(`${what}: ${code}`, () => {
    const result = ask(from, to, changes);
    assert.equal(brief(result), `drop there ${code}`);
    assert.match(result.reason?.message ?? '', words);
    assert.doesNotMatch(result.reason?.message ?? '', /[{}]/);
  });
}

test('what gateways pass on is not sent live', () => {
  const plan = (from: string, to: string) =>
    probePlan({ from, to, protocol: 'icmp' }, loomWorld(weave(MODEL)), '0123456789abcdef');
  for (const [from, to] of [
    ['web-3', OUT],
    ['out', '203.0.113.12'],
    ['web-1', '203.0.113.12'],
    ['web-4', '198.51.100.7'],
  ] as const) {
    const found = plan(from, to);
    assert.ok(typeof found === 'string', `${from} ${to}`);
    assert.match(found, /^LIVE_ROUTED: /);
  }
  assert.ok(typeof plan('out', '203.0.113.30') === 'object');
});
