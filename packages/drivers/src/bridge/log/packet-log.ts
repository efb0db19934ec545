import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Item } from '@netloom/core/delta/items';
import type { HostTables } from '@netloom/core/tables/host-tables';
import type { PacketListener } from '../../driver.ts';
import { driverError } from '../../errors.ts';
import { DONE, type Special } from '../apply.ts';
import type { Commander, Follower } from '../commander.ts';
import { portLogs } from '../filter/port-log.ts';
import { NETNS_FOLDER, namespaceIdentity } from '../namespace-identity.ts';
import { readPacketLine } from './read-packet.ts';
import { ulogdConfig } from './ulogd-config.ts';

/** The kind of the one item of this folder: that somebody reads what the filters log. */
export const PACKET_LOG_KIND = 'packetLog';

/** Reads the packets that filters log, while rows of `logs` ask for any. It ends with this process. */
export interface PacketLog {
  readonly special: Special;
  observe(): Promise<Item[]>;
  /** Tells of packets until disposed. */
  subscribe(listener: PacketListener): Disposable;
  /** Calls back when the reader ended by itself, until disposed. */
  onEnd(call: () => void): Disposable;
}

export interface PacketLogPlace {
  readonly commander: Commander;
  readonly namespace: string;
  readonly stateFolder: string;
}

/** Milliseconds that the reader has to begin. */
const PATIENCE = 5000;

/** The reader, where a guarded port's packets are logged. */
export function packetLogItems(tables: Pick<HostTables, 'ports' | 'logs'>): Item[] {
  const ports = portLogs(tables);
  if (ports.size === 0) return [];
  const rows = tables.logs.values().filter(({ port }) => ports.has(port));
  return [packetLogItem(Array.from(rows, ({ id }) => `logs/${id}`).sort())];
}

function packetLogItem(owners: readonly string[]): Item {
  return { kind: PACKET_LOG_KIND, key: 'reader', spec: null, owners };
}

export function openPacketLog({ commander, namespace, stateFolder }: PacketLogPlace): PacketLog {
  const listeners = new Set<PacketListener>();
  const enders = new Set<() => void>();
  let reader: { readonly follower: Follower; readonly identity: number | undefined } | undefined;

  const stop = async (): Promise<void> => {
    const running = reader;
    reader = undefined;
    await running?.follower.stop();
  };

  const start = async (): Promise<void> => {
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    const config = join(stateFolder, 'ulogd.conf');
    await writeFile(config, ulogdConfig());
    const begun = Promise.withResolvers<boolean>();
    let words = '';
    let next: number | undefined;
    const onLine = (line: string): void => {
      const read = readPacketLine(line, Date.now());
      if (read === undefined) {
        words = line;
        if (line.includes('entering main loop')) begun.resolve(true);
        return;
      }
      const { packet, sequence } = read;
      const lost = next === undefined || sequence === undefined ? 0 : sequence - next;
      if (sequence !== undefined) next = sequence + 1;
      for (const listener of listeners) {
        if (lost > 0) listener.onLost(lost);
        if (packet) listener.onPacket(packet);
      }
    };
    // ulogd opens its standard output by its path, which works with a pipe but not with a socket.
    const script = 'setpriv --pdeathsig KILL ulogd -c "$0" 2>&1 | cat';
    const argv = ['nsenter', `--net=${NETNS_FOLDER}/${namespace}`, '--', 'sh', '-c', script, config];
    const identity = await namespaceIdentity(namespace);
    const follower = commander.follow(argv, onLine);
    const started = { follower, identity };
    reader = started;
    const patience = setTimeout(() => begun.resolve(false), PATIENCE);
    void follower.ended.then(() => {
      begun.resolve(false);
      if (reader !== started) return;
      reader = undefined;
      for (const call of enders) call();
    });
    const isReading = await begun.promise;
    clearTimeout(patience);
    if (isReading) return;
    await stop();
    throw driverError('BRIDGE_NO_PACKET_LOG', { reason: words || 'ulogd does not begin' });
  };

  return {
    async special(step) {
      await stop();
      if (step.action !== 'remove') await start();
      return DONE;
    },
    async observe() {
      if (reader === undefined || reader.identity !== (await namespaceIdentity(namespace))) return [];
      return [packetLogItem([])];
    },
    subscribe: (listener) => member(listeners, listener),
    onEnd: (call) => member(enders, call),
  };
}

function member<T>(set: Set<T>, value: T): Disposable {
  set.add(value);
  return { [Symbol.dispose]: () => void set.delete(value) };
}
