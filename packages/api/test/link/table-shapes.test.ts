import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deltaShape } from '@netloom/api/link/table-shapes';
import type { FilterRule, FirewallRule, PortRow, TablesDelta } from '@netloom/core/tables/host-tables';

const PORT: PortRow = {
  id: 'p1',
  segment: 'n1',
  device: 'tapp1',
  mac: 'fa:16:3e:00:00:01',
  addresses: [{ subnet: 's1', ip: '10.0.0.5' }],
  adminUp: true,
  hostname: 'p1',
  dhcpOptions: [],
  guard: { pairs: [{ mac: 'fa:16:3e:00:00:02', prefix: '10.0.0.9/32' }], filters: ['g1'], firewall: null },
};

const RULE: FilterRule = {
  id: 'r1',
  direction: 'ingress',
  family: 4,
  protocol: 6,
  min: 80,
  max: 80,
  remote: { kind: 'any' },
};

const FIREWALL_RULE: FirewallRule = {
  id: 'f1',
  action: 'reject',
  family: 6,
  protocol: null,
  source: null,
  destination: 'fd00::/64',
  sourcePorts: null,
  destinationPorts: [1, 1024],
};

const upserts = <T>(...rows: T[]) => ({ upserts: rows, deletes: [] });
const portWith = (guard: unknown) => ({ ports: upserts({ ...PORT, guard }) });
const filterWith = (rule: object) => ({
  filters: upserts({ id: 'g1', stateful: true, rules: [{ ...RULE, ...rule }] }),
});
const firewallWith = (rule: object) => ({
  firewalls: upserts({ id: 'w1', ingress: [], egress: [{ ...FIREWALL_RULE, ...rule }] }),
});

test('rows of security groups go through as they are', () => {
  const deltas: TablesDelta[] = [
    { ports: upserts(PORT, { ...PORT, guard: null }) },
    {
      filters: upserts({
        id: 'g1',
        stateful: false,
        rules: [
          RULE,
          { ...RULE, protocol: null, min: null, max: null, remote: { kind: 'prefix', prefix: '10.0.0.0/8' } },
          { ...RULE, direction: 'egress', family: 6, remote: { kind: 'set', set: 'g2' } },
        ],
      }),
    },
    { addressSets: upserts({ id: 'g2/p1', set: 'g2', prefixes: ['10.0.0.5/32', 'fd00::/64'] }) },
    { firewalls: upserts({ id: 'w1', ingress: [FIREWALL_RULE], egress: [] }) },
  ];
  for (const delta of deltas) assert.equal(deltaShape(delta, 'delta'), delta);
});

const MALFORMED: Readonly<Record<string, unknown>> = {
  'delta.ports.upserts[0].guard.firewall': portWith({ pairs: [], filters: [] }),
  'delta.ports.upserts[0].guard.pairs[0].prefix': portWith({ pairs: [{ mac: '' }], filters: [], firewall: null }),
  'delta.ports.upserts[0].guard.filters': portWith({ pairs: [], filters: 'g1', firewall: null }),
  'delta.filters.upserts[0].rules[0].direction': filterWith({ direction: 'both' }),
  'delta.filters.upserts[0].rules[0].family': filterWith({ family: 5 }),
  'delta.filters.upserts[0].rules[0].protocol': filterWith({ protocol: 256 }),
  'delta.filters.upserts[0].rules[0].max': filterWith({ max: 65_536 }),
  'delta.filters.upserts[0].rules[0].remote': filterWith({ remote: 'any' }),
  'delta.filters.upserts[0].rules[0].remote.kind': filterWith({ remote: { kind: 'toString' } }),
  'delta.filters.upserts[0].rules[0].remote.set': filterWith({ remote: { kind: 'set' } }),
  'delta.addressSets.upserts[0].prefixes': { addressSets: upserts({ id: 'g2/p1', set: 'g2' }) },
  'delta.firewalls.upserts[0].egress[0].action': firewallWith({ action: 'drop' }),
  'delta.firewalls.upserts[0].egress[0].destinationPorts': firewallWith({ destinationPorts: [1] }),
  'delta.firewalls.upserts[0].egress[0].sourcePorts[1]': firewallWith({ sourcePorts: [1, '2'] }),
};

for (const [place, delta] of Object.entries(MALFORMED)) {
  test(`what is wrong with ${place} is said`, () => {
    assert.throws(
      () => deltaShape(delta, 'delta'),
      (error: Error) => 'code' in error && error.code === 'LINK_MALFORMED' && error.message.includes(place),
    );
  });
}

test('a field that a row does not have is refused', () => {
  assert.throws(
    () => deltaShape(filterWith({ remote: { kind: 'any', prefix: '10.0.0.0/8' } }), 'delta'),
    /unknown field/,
  );
  assert.throws(() => deltaShape(portWith({ ...PORT.guard, extra: 1 }), 'delta'), /unknown field/);
});
