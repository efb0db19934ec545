import { runIn } from '../../support/run-in.ts';
import type { Speaker } from '../filter/hosts.ts';

const FIRST = 10_000;
/** Source ports that one address gives; more flows come to more destination ports. */
const PER_PORT = 50_000;

/**
 * Puts so many two-way UDP flows between two workloads into the host's table of connections, and makes them last. Gives the number of
 * entries that are there then.
 */
export async function fillConntrack(
  dataPlane: string,
  [from, to]: readonly [Speaker, Speaker],
  { flows, port, ports }: { readonly flows: number; readonly port: number; readonly ports: number },
): Promise<number> {
  const timeouts = ['udp_timeout', 'udp_timeout_stream'].map((name) => `net.netfilter.nf_conntrack_${name}=86400`);
  await runIn(dataPlane, ['sysctl', '-q', '-w', ...timeouts]);
  const sources = `dinc(${FIRST}, ${FIRST + PER_PORT - 1})`;
  let entries = await countEntries(dataPlane);
  // Some sources may be refused: the next port makes up for them.
  for (let next = port; entries < flows && next < port + ports; next++) {
    const count = Math.min(PER_PORT, flows - entries);
    await send(from, to, `udp(sp=${sources}, dp=${next})`, count);
    await send(to, from, `udp(sp=${next}, dp=${sources})`, count);
    entries = await countEntries(dataPlane);
  }
  return entries;
}

async function countEntries(dataPlane: string): Promise<number> {
  return Number(await runIn(dataPlane, ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']));
}

async function send(from: Speaker, to: Speaker, udp: string, count: number): Promise<void> {
  const packet = `{ eth(da=${to.mac}, sa=${from.mac}), ipv4(ttl=64, saddr=${from.ip}, daddr=${to.ip}), ${udp}, fill(0x41, 18) }\n`;
  await runIn(from.namespace, `trafgen -Q -o eth0 -i - -n ${count} -P 1`.split(' '), packet);
}
