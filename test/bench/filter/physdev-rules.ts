import { RULES, workload } from './policy.ts';

/**
 * The same policy for iptables-restore, laid out as Neutron's Linux bridge agent does: two physdev rules a port in FORWARD and two
 * in the chain that it leads to, and a chain a direction and port. Without its conntrack zones, which would add up to three rules a port.
 */
export function physdevRules(ports: number): string {
  const chains = [':sg-chain - [0:0]', ':sg-fallback - [0:0]'];
  const dispatch: string[] = [];
  const bodies: string[] = ['-A sg-fallback -j DROP'];
  for (let n = 1; n <= ports; n++) {
    const { device, mac, ip } = workload(n);
    chains.push(`:i-${device} - [0:0]`, `:o-${device} - [0:0]`, `:s-${device} - [0:0]`);
    for (const [flag, chain] of [
      ['--physdev-out', `i-${device}`],
      ['--physdev-in', `o-${device}`],
    ]) {
      const match = `-m physdev ${flag} ${device} --physdev-is-bridged`;
      dispatch.push(`-A FORWARD ${match} -j sg-chain`);
      bodies.push(`-A sg-chain ${match} -j ${chain}`);
    }
    bodies.push(
      `-A s-${device} -s ${ip}/32 -m mac --mac-source ${mac} -j RETURN`,
      `-A s-${device} -j DROP`,
      ...chain(`i-${device}`, 'ingress', ['-p udp -m udp --sport 67 --dport 68 -j RETURN']),
      ...chain(`o-${device}`, 'egress', [
        '-s 0.0.0.0/32 -d 255.255.255.255/32 -p udp -m udp --sport 68 --dport 67 -j RETURN',
        `-j s-${device}`,
        '-p udp -m udp --sport 68 --dport 67 -j RETURN',
        '-p udp -m udp --sport 67 --dport 68 -j DROP',
      ]),
    );
  }
  return ['*filter', ...chains, ...dispatch, ...bodies, '-A sg-chain -j ACCEPT', 'COMMIT', ''].join('\n');
}

function chain(name: string, direction: 'ingress' | 'egress', first: readonly string[]): string[] {
  const rules = RULES.filter((rule) => rule.direction === direction && rule.family === 4).map(matchOf);
  return [
    ...first,
    '-m state --state RELATED,ESTABLISHED -j RETURN',
    ...rules.map((match) => `${match}-j RETURN`),
    '-m state --state INVALID -j DROP',
    '-j sg-fallback',
  ].map((rule) => `-A ${name} ${rule}`);
}

function matchOf({ protocol, ports }: (typeof RULES)[number]): string {
  const name = { 1: 'icmp', 6: 'tcp', 17: 'udp' }[protocol ?? 0];
  if (name === undefined) return '';
  if (ports === null) return `-p ${name} `;
  return `-p ${name} -m ${name} --dport ${ports.join(':')} `;
}
