import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AgentMessage } from '@netloom/api/link/messages';
import type { HostTables, LogRow } from '@netloom/core/tables/host-tables';
import type { LoggedPacket, PacketListener } from '@netloom/drivers/driver';
import { makePacketReport } from '../src/packets/packet-report.ts';
import { portRow, tablesOf } from './support/rows.ts';

const log = (id: string, port: string, change: Partial<LogRow> = {}): LogRow => ({
  ...{ id: `${id}/${port}`, segment: 'n1', log: id, port, event: 'ALL', filter: null },
  ...change,
});
const rule = (id: string) =>
  ({ id, direction: 'ingress', family: 4, protocol: null, min: null, max: null, remote: { kind: 'any' } }) as const;
const TABLES = tablesOf({
  ports: { upserts: [portRow('p1'), portRow('p2')], deletes: [] },
  filters: {
    upserts: [
      { id: 'web', stateful: true, rules: [rule('http')] },
      { id: 'db', stateful: true, rules: [rule('sql')] },
    ],
    deletes: [],
  },
  logs: {
    upserts: [
      log('all', 'p1'),
      log('drops', 'p1', { event: 'DROP' }),
      log('db', 'p1', { filter: 'db' }),
      log('accepts', 'p1', { event: 'ACCEPT' }),
    ],
    deletes: [],
  },
});
const packet = (change: Partial<LoggedPacket> = {}): LoggedPacket => ({
  ...{ at: 1, device: 'tapp1', verdict: 'ACCEPT', direction: 'ingress', rule: 'http', protocol: 6 },
  ...{ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 1, destinationPort: 80 },
  ...{ icmpType: null, icmpCode: null, bytes: 60 },
  ...change,
});

function open(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let listener: PacketListener | undefined;
  const replica: { tables: HostTables } = { tables: TABLES };
  const driver = {
    packets(one: PacketListener) {
      listener = one;
      return { [Symbol.dispose]: () => undefined };
    },
  };
  const report = makePacketReport(driver, replica);
  t.after(() => report[Symbol.dispose]());
  const sent: Extract<AgentMessage, { type: 'packets' }>[] = [];
  return {
    replica,
    report,
    sent,
    hear: (...packets: LoggedPacket[]) => {
      for (const one of packets) listener?.onPacket(one);
    },
    lose: (count: number) => listener?.onLost(count),
    linkUp: () => report.linkUp((message) => void (message.type === 'packets' && sent.push(message))),
    later: () => t.mock.timers.tick(1000),
  };
}

test('a packet is told of to the logs that ask for it, and no others', (t) => {
  const { hear, linkUp, later, sent } = open(t);
  linkUp();
  hear(packet(), packet({ rule: 'sql' }), packet({ verdict: 'DROP', rule: null }), packet({ device: 'tapp2' }));
  assert.equal(sent.length, 0, 'several at a time');
  later();
  assert.equal(sent.length, 1);
  assert.deepEqual(
    sent[0]?.events.map(({ logs, event, port, group }) => [logs, event, port, group]),
    [
      [['all', 'accepts'], 'ACCEPT', 'p1', 'web'],
      [['all', 'db', 'accepts'], 'ACCEPT', 'p1', 'db'],
      [['all', 'drops', 'db'], 'DROP', 'p1', null],
    ],
  );
  later();
  assert.equal(sent.length, 1, 'nothing to tell, nothing told');
});

test('without a controller packets are kept up to a number, and the rest is counted', (t) => {
  const { hear, lose, linkUp, later, sent } = open(t);
  for (let i = 0; i < 2010; i++) hear(packet({ at: i }));
  lose(5);
  later();
  linkUp();
  later();
  assert.deepEqual([sent.length, sent[0]?.events.length, sent[0]?.lost], [1, 2000, 15]);
  assert.deepEqual(sent[0]?.of, ['all', 'drops', 'db', 'accepts']);
  hear(packet());
  later();
  assert.deepEqual([sent[1]?.events.length, sent[1]?.lost, sent[1]?.of], [1, 0, []]);
});

test('a log that is gone is told nothing more', (t) => {
  const { replica, hear, linkUp, later, sent } = open(t);
  linkUp();
  replica.tables = { ...TABLES, logs: new Map() };
  hear(packet());
  later();
  assert.deepEqual(sent, []);
});
