import { gatewayOf } from '../scenario/scenario.ts';
import { type Cell, ipBatch, startCell } from './cell.ts';

/** Where the kernel keeps whether it forwards; who does takes no router's advertisements, unless told to all the same. */
const FORWARD = `set -e
echo 1 > /proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/ipv6 ] || { echo 2 > /proc/sys/net/ipv6/conf/eth0/accept_ra; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; }
`;

/**
 * Puts a machine with these addresses ("198.51.100.7/24") behind a workload, on a link of their own, and makes the workload forward to
 * it by the gateway address of each prefix.
 */
export async function standBehind(workload: Cell, addresses: readonly string[], mtu: number): Promise<void> {
  const machine = await startCell({ name: `${workload.name}-behind`, argv: ['sleep', 'infinity'], log: 'inherit' });
  await workload.run(['sh', '-c', FORWARD]);
  const links = addresses.map((text) => ({ text, own: gatewayOf(text), length: text.split('/')[1] ?? '' }));
  await ipBatch(workload, [
    `link add name behind mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${machine.pid}`,
    ...links.map(({ own, length }) => `address add ${own}/${length} dev behind ${noCheck(own)}`),
    'link set behind up',
  ]);
  await ipBatch(machine, [
    ...links.map(({ text }) => `address add ${text} dev eth0 ${noCheck(text)}`),
    'link set eth0 up',
    ...links.map(({ own }) => `route add default via ${own} dev eth0`),
  ]);
}

/** For two machines that know each other, a check for duplicates is only time. */
function noCheck(address: string): string {
  return address.includes(':') ? 'nodad' : '';
}
