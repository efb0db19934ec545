import { createSocket } from 'node:dgram';
import type { ProbeAnswer, ProbeQuestion, StreamResult } from './messages.ts';

/** How long after the last probe an answer still counts. */
const GRACE_MS = 200;

export interface Stream {
  stop(): Promise<StreamResult>;
}

/** Sends a numbered probe every `intervalMs` to a port that a peer serves. */
export function startStream(address: string, port: number, intervalMs: number): Stream {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const sentAt: number[] = [];
  const answered = new Set<number>();
  socket.on('message', (data) => answered.add(Number((JSON.parse(data.toString()) as ProbeAnswer).nonce)));
  // An unreachable host in between is a lost probe, nothing more.
  socket.on('error', () => undefined);
  const timer = setInterval(() => {
    const nonce = String(sentAt.length);
    sentAt.push(performance.now());
    socket.send(JSON.stringify({ nonce } satisfies ProbeQuestion), port, address, () => undefined);
  }, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      socket.close();
      return { sent: sentAt.length, lost: sentAt.length - answered.size, gapMs: longestGap(sentAt, answered) };
    },
  };
}

/** From the first of a run of unanswered probes to the next answered one (or the last sent), in milliseconds. */
export function longestGap(sentAt: readonly number[], answered: ReadonlySet<number>): number {
  let longest = 0;
  let since: number | undefined;
  for (const [i, sent] of sentAt.entries()) {
    if (!answered.has(i)) since ??= sent;
    else {
      if (since !== undefined) longest = Math.max(longest, sent - since);
      since = undefined;
    }
  }
  const last = sentAt.at(-1);
  return since === undefined || last === undefined ? longest : Math.max(longest, last - since);
}
