import { setTimeout as delay } from 'node:timers/promises';
import { runIn } from '../../support/run-in.ts';
import { openSubject } from '../filter/hosts.ts';
import { PACKET_PORT, pairOf, STREAM_PORT, workload } from '../filter/policy.ts';
import { startFlows, WATCHED } from './flows.ts';
import { PROTOCOLS, type Protocol, watchFlows } from './watch-flows.ts';

const MATCHES: Readonly<Record<Protocol, string>> = {
  tcp: `-p tcp -m tcp --dport ${STREAM_PORT}`,
  udp: `-p udp -m udp --dport ${PACKET_PORT}`,
  icmp: '-p icmp',
};

/** Opens the flows on a host with iptables rules, removes the rules that allow them, and tells by protocol what passed in so many seconds after it. */
export async function removeBareRules(seconds: number): Promise<string[][]> {
  const subject = await openSubject('iptables', 2, new AbortController().signal);
  const { from, to, dataPlane } = subject;
  const watcher = await watchFlows([from, to], WATCHED);
  await startFlows(from, to, watcher);
  const { device } = workload(pairOf(2)[1]);
  for (const protocol of PROTOCOLS) {
    const rule = `iptables-nft -D i-${device} ${MATCHES[protocol]} -j RETURN`;
    await runIn(dataPlane, rule.split(' '));
  }
  await delay(seconds * 1000);
  return PROTOCOLS.map((protocol) => {
    const passed = watcher.recent(protocol, 1000);
    return [
      protocol,
      `${passed} packets each way in second ${seconds} after it`,
      passed > 0 ? 'never stops' : 'stopped',
    ];
  });
}
