import { setTimeout as delay } from 'node:timers/promises';
import { runIn } from '../../support/run-in.ts';
import type { Speaker } from '../filter/hosts.ts';
import { frame } from '../filter/measure.ts';
import { BYSTANDER_PORT } from '../filter/policy.ts';
import type { Background } from './background.ts';
import { sendEvery } from './flows.ts';

const SOURCE_PORT = 6003;

/** Two-way UDP flows that no change concerns. */
export interface Bystanders {
  /** Ends them; packets sent and not arrived, of all. */
  count(): Promise<{ readonly sent: number; readonly lost: number }>;
}

/** A packet a millisecond each way between the ends of each pair. */
export async function startBystanders(pairs: readonly (readonly [Speaker, Speaker])[]): Promise<Bystanders> {
  const ways = pairs.flatMap(([from, to]) => [
    { from, to, ports: [SOURCE_PORT, BYSTANDER_PORT] as const },
    { from: to, to: from, ports: [BYSTANDER_PORT, SOURCE_PORT] as const },
  ]);
  const running: { readonly to: Speaker; readonly sender: Background }[] = [];
  for (const { from, to, ports } of ways) {
    await countArrivals(to, ports);
    running.push({ to, sender: await sendEvery(from, '1ms', frame(from, to, ports)) });
    // The first packet of a flow must be the one that the rule allows.
    await delay(50);
  }
  return {
    async count() {
      let [sent, arrived] = [0, 0];
      for (const { sender } of running) {
        const said = await sender.end('SIGINT');
        sent += Number(/(\d+) packets outgoing/.exec(said)?.[1] ?? Number.NaN);
      }
      await delay(100);
      for (const { to } of running) {
        const text = await runIn(to.namespace, 'nft list counters table netdev bystanders'.split(' '));
        arrived += Number(/packets (\d+)/.exec(text)?.[1] ?? Number.NaN);
      }
      return { sent, lost: sent - arrived };
    },
  };
}

async function countArrivals({ namespace }: Speaker, [source, destination]: readonly [number, number]): Promise<void> {
  const rule = `udp sport ${source} udp dport ${destination} counter name arrived drop`;
  const chain = `chain in {\n type filter hook ingress device "eth0" priority 0\n ${rule}\n }`;
  await runIn(
    namespace,
    ['nft', '-f', '-'],
    `table netdev bystanders\ndelete table netdev bystanders\ntable netdev bystanders {\n counter arrived {}\n ${chain}\n}\n`,
  );
}
