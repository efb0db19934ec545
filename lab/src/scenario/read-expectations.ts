import { canonicalAddress } from '@netloom/core/net/address';
import { unknownReference } from './names.ts';
import type { Expectation, FloatingIpSpec, NetworkSpec, Target, WorkloadSpec } from './scenario.ts';
import type { Source, Value } from './source.ts';

interface Known {
  readonly networks: readonly NetworkSpec[];
  readonly workloads: readonly WorkloadSpec[];
  readonly floatingIps: readonly FloatingIpSpec[];
}

const REACH = /^(\S+)(?:\s+as\s+(\S+))?\s+->\s+(\S+)\s+(?:(v4|v6)\s+)?(\S+)\s+(pass|drop)$/;
const FLOATING_IP = /^fip\((.*)\)$/;
const RESOLVE = /^(\S+)\s+resolves\s+(\S+)\s+to\s+(\S+)$/;
const PROTOCOL = /^(?:(icmp)|(tcp|udp)\/(\d{1,5}))$/;

/**
 * Lines of "expect":
 *   SOURCE [as ADDRESS] -> TARGET [v4|v6] icmp|tcp/PORT|udp/PORT pass|drop
 *   SOURCE resolves NAME to WORKLOAD|nothing
 * TARGET is a workload, its floating IP as "fip(WORKLOAD)", or an IP address. Without v4 or v6 it is IPv4 where the source's network has it. "as" makes the
 * source send from an address that it gets for that purpose.
 */
export function readExpectations(source: Source, value: Value | undefined, known: Known): Expectation[] {
  return source.list(value).flatMap((node) => {
    const text = source.text(node, 'an expectation');
    return text === undefined ? [] : (readLine(source, node, text.trim(), known) ?? []);
  });
}

function readLine(source: Source, node: Value, text: string, known: Known): Expectation | undefined {
  const refuse = (reason: string): undefined => {
    source.report(node, 'LAB_EXPECTATION', { text, reason });
    return undefined;
  };
  const names = known.workloads.map((each) => each.name);
  const isKnown = (name: string): boolean => {
    if (names.includes(name)) return true;
    source.report(node, 'LAB_UNKNOWN_REFERENCE', unknownReference('workload', name, names));
    return false;
  };
  const line = source.place(node).line;

  const resolve = RESOLVE.exec(text);
  if (resolve !== null) {
    const [, from = '', name = '', answer = ''] = resolve;
    const to = answer === 'nothing' ? null : answer;
    const right = isKnown(from) && (to === null || isKnown(to));
    return right ? { kind: 'resolve', text, line, from, name, to, verdict: to === null ? 'drop' : 'pass' } : undefined;
  }

  const reach = REACH.exec(text);
  if (reach === null) return refuse(reasonFor(text));
  const [, from = '', asText, targetText = '', familyText, protocolText = '', verdict] = reach;
  const protocol = PROTOCOL.exec(protocolText);
  if (protocol === null) return refuse(`"${protocolText}" is not icmp, tcp/PORT or udp/PORT`);
  const port = protocol[3] === undefined ? null : Number(protocol[3]);
  if (port !== null && (port < 1 || port > 65_535)) return refuse(`${port} is no port`);
  const ip = canonicalAddress(targetText);
  const floating = FLOATING_IP.exec(targetText)?.[1];
  if (!isKnown(from) || (ip === undefined && !isKnown(floating ?? targetText))) return undefined;
  if (floating !== undefined && !known.floatingIps.some(({ workload }) => workload === floating))
    return refuse(`workload "${floating}" has no floating IP`);
  const to = targetOf(ip, floating, targetText);
  const as = asText === undefined ? null : canonicalAddress(asText);
  if (as === undefined) return refuse(`"${asText}" is no IP address`);
  const family = familyOf(known, { from, to, asked: familyText ?? (as?.includes(':') ? 'v6' : undefined) });
  if (as !== null && as.includes(':') !== (family === 6)) return refuse(`${as} is not IPv${family}`);
  const lacking = [from, ...(to.kind === 'address' ? [] : [to.name])].find((name) => !hasFamily(known, name, family));
  if (lacking !== undefined) return refuse(`the network of ${lacking} has no IPv${family}`);
  return {
    ...{ kind: 'reach', text, line, from, as, to, family, port },
    protocol: (protocol[1] ?? protocol[2]) as 'icmp' | 'tcp' | 'udp',
    verdict: verdict as 'pass' | 'drop',
  };
}

function targetOf(ip: string | undefined, floating: string | undefined, name: string): Target {
  if (ip !== undefined) return { kind: 'address', ip };
  return floating === undefined ? { kind: 'workload', name } : { kind: 'floatingIp', name: floating };
}

function reasonFor(text: string): string {
  if (!text.includes('->')) return 'there is no "->" in it';
  return /\s(pass|drop)$/.test(text) ? 'it is not SOURCE -> TARGET PROTOCOL VERDICT' : 'it must end in pass or drop';
}

function familyOf(known: Known, line: { from: string; to: Target; asked: string | undefined }): 4 | 6 {
  if (line.to.kind === 'floatingIp') return 4;
  if (line.to.kind === 'address') return line.to.ip.includes(':') ? 6 : 4;
  if (line.asked !== undefined) return line.asked === 'v6' ? 6 : 4;
  return hasFamily(known, line.from, 4) ? 4 : 6;
}

function hasFamily(known: Known, workload: string, family: 4 | 6): boolean {
  const network = known.workloads.find((each) => each.name === workload)?.network;
  const spec = known.networks.find((each) => each.name === network);
  // A network that is not there has been reported where it is named.
  return spec === undefined || spec.subnets.some((subnet) => subnet.family === family);
}
