import assert from 'node:assert/strict';
import type { Guest } from './cloud.ts';
import { ethernet, ipv4, marked, UDP, udpDatagram } from './frames.ts';

const FRAMES = 250;
const INTERVAL_MS = 2;

/** A workload and its neighbours at once, sending to each other what nothing allows. */
export interface Flooding {
  readonly ended: Promise<unknown>;
  readonly guest: Guest;
  readonly others: readonly Guest[];
  readonly mark: number;
}

let next = 1;

/** Starts to send right now, from both sides, for half a second. */
export function flood(guest: Guest, others: readonly Guest[]): Flooding {
  const mark = next++ % 256;
  const all = [guest, ...others];
  const starting = Promise.all(all.map((one) => one.watch('eth0')));
  const sending = starting.then(() =>
    Promise.all([
      guest.raw({
        device: 'eth0',
        frames: others.map((to) => datagram(guest, to, mark)),
        count: FRAMES,
        intervalMs: INTERVAL_MS,
      }),
      ...others.map((from) =>
        from.raw({ device: 'eth0', frames: [datagram(from, guest, mark)], count: FRAMES, intervalMs: INTERVAL_MS }),
      ),
    ]),
  );
  return { ended: sending, guest, others, mark };
}

/** Nothing of it came through, in either direction. */
export async function assertClosed({ ended, guest, others, mark }: Flooding): Promise<void> {
  await ended;
  for (const one of [guest, ...others]) {
    const count = (await one.marks()).get(mark) ?? 0;
    assert.equal(count, 0, `${count} frames came through to ${one.v4} on ${one.host} before the rules were in place`);
  }
}

function datagram(from: Guest, to: Guest, mark: number): string {
  const packet = ipv4(from.v4, to.v4, UDP, udpDatagram(from.v4, to.v4, [40_000, 40_001], marked(mark)));
  return ethernet(to.port.mac_address, from.port.mac_address, 0x0800, [packet]);
}
