import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Follower } from '../src/bridge/commander.ts';
import { openPacketLog, packetLogItems } from '../src/bridge/log/packet-log.ts';
import { logRow, portGuard, portRow, tablesOf } from '../src/conformance-tables.ts';

test('packets between two that were read are counted as lost, from the first one on', async (t) => {
  const stateFolder = mkdtempSync(join(tmpdir(), 'netloom-packet-log-'));
  t.after(() => rmSync(stateFolder, { recursive: true, force: true }));
  let say: (line: string) => void = () => assert.fail();
  const follower: Follower = {
    ended: new Promise(() => undefined),
    write: () => assert.fail(),
    stop: async () => undefined,
  };
  const packetLog = openPacketLog({
    namespace: 'nowhere',
    stateFolder,
    commander: {
      hostNamespace: '',
      run: () => assert.fail(),
      follow(_argv, onLine) {
        say = onLine;
        queueMicrotask(() => onLine('<3> ulogd.c:1645 initialization finished, entering main loop'));
        return follower;
      },
    },
  });
  const heard: (string | number)[] = [];
  using _hearing = packetLog.subscribe({
    onPacket: ({ device }) => void heard.push(device),
    onLost: (count) => void heard.push(count),
  });
  const ports = [portRow('a', 1, { guard: portGuard([]) }), portRow('a', 2)];
  const [item, ...others] = packetLogItems(tablesOf({ ports, logs: [logRow('a', 1), logRow('a', 2)] }));
  assert.ok(item);
  assert.deepEqual([item.owners, others], [['logs/log/p1'], []], 'an unguarded port tells nothing');
  assert.deepEqual(await packetLog.special({ action: 'create', item }, t.signal), { result: 'done' });
  const ends = { src_ip: '10.0.0.1', dest_ip: '10.0.0.2' };
  const packet = (sequence: number, device: string) =>
    say(JSON.stringify({ 'oob.prefix': `D ingress - ${device}`, 'oob.seq.local': sequence, ...ends }));
  packet(40, 'tap1');
  packet(41, 'tap1');
  packet(45, 'tap2');
  assert.deepEqual(heard, ['tap1', 'tap1', 3, 'tap2']);
});
