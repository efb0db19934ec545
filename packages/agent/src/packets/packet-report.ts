import type { AgentMessage, PacketEvent } from '@netloom/api/link/messages';
import type { Driver } from '@netloom/drivers/driver';
import type { Replica } from '../link/replica.ts';
import { makeEventMaker } from './packet-event.ts';

/** Tells the controller of packets that logs ask for, some at a time: what is too much is counted, and nothing waits for it. */
export interface PacketReport extends Disposable {
  /** A controller listens. */
  linkUp(send: (message: AgentMessage) => void): void;
  /** Packets are kept for the next link, up to a number. */
  linkDown(): void;
}

/** Milliseconds in which packets gather. */
const GATHER = 500;
/** Events kept while there is no link, and in one message. */
const MOST = 2000;

export function makePacketReport(driver: Pick<Driver, 'packets'>, replica: Pick<Replica, 'tables'>): PacketReport {
  const eventOf = makeEventMaker();
  let send: ((message: AgentMessage) => void) | undefined;
  let events: PacketEvent[] = [];
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;

  const report = (): void => {
    timer = undefined;
    if (send === undefined) return;
    const of = lost === 0 ? [] : [...new Set(replica.tables.logs.values().map(({ log }) => log))];
    send({ type: 'packets', events, lost, of });
    events = [];
    lost = 0;
  };
  const gather = (): void => {
    if (send !== undefined && events.length + lost > 0) timer ??= setTimeout(report, GATHER);
  };
  const lose = (count: number): void => {
    lost += count;
    gather();
  };
  const hearing = driver.packets?.({
    onPacket(packet) {
      const event = eventOf(packet, replica.tables);
      if (event === undefined) return;
      if (events.length >= MOST) return lose(1);
      events.push(event);
      gather();
    },
    onLost: lose,
  });

  return {
    linkUp(to) {
      send = to;
      gather();
    },
    linkDown() {
      send = undefined;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      hearing?.[Symbol.dispose]();
    },
  };
}
