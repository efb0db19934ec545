import { type RuleFault, readPorts, readPrefix, wrongWord } from './read-rule.ts';
import type { FirewallRuleSpec } from './scenario.ts';

const ACTIONS = ['allow', 'deny', 'reject'] as const;

interface Protocol {
  /** IANA number in each family; null for any. */
  readonly 4: number | null;
  readonly 6: number | null;
  readonly ports: boolean;
}

/** What firewall rules can name; the Networking API knows ports of TCP and UDP only. */
const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['any', { 4: null, 6: null, ports: false }],
  ['icmp', { 4: 1, 6: 58, ports: false }],
  ['tcp', { 4: 6, 6: 6, ports: true }],
  ['udp', { 4: 17, 6: 17, ports: true }],
  ['sctp', { 4: 132, 6: 132, ports: false }],
]);

type Ports = FirewallRuleSpec['sourcePorts'];

/** The lazy middle leaves "from" and "to" to the groups behind it. */
const RULE = /^(disabled\s+)?(\S+)\s*(.*?)(?:\s+from\s+(.*?))?(?:\s+to\s+(.*))?$/;

/**
 * Reads "[disabled] ACTION [v4|v6] PROTOCOL [PORTS] [from ADDRESS [port PORTS]] [to ADDRESS]", where ACTION is allow, deny or reject,
 * PROTOCOL is any, icmp, tcp, udp or sctp, PORTS is 80 or 8000-8100, and ADDRESS is any, an address or a prefix. A rule that names no
 * family is two rules.
 */
export function readFirewallRule(text: string): readonly FirewallRuleSpec[] | RuleFault {
  const [, disabled, verb = '', traffic = '', from = 'any', to = 'any'] = RULE.exec(text) ?? [];
  const action = ACTIONS.find((each) => each === verb);
  if (action === undefined) return wrongWord(verb, ACTIONS);
  const words = traffic.split(/\s+/);
  const asked = words[0] === 'v4' || words[0] === 'v6' ? words.shift() : undefined;
  const [name = '', ...portWords] = words;
  const protocol = PROTOCOLS.get(name);
  if (protocol === undefined) return wrongWord(name, [...PROTOCOLS.keys()]);
  const destinationPorts = readPortWords(portWords, name);
  if (isFault(destinationPorts)) return destinationPorts;
  const [fromText = '', portWord, ...sourceWords] = from.split(/\s+/);
  if (portWord !== undefined && portWord !== 'port') return wrongWord(portWord, ['port', 'to']);
  const sourcePorts = readPortWords(sourceWords, name);
  if (isFault(sourcePorts)) return sourcePorts;
  if (portWord !== undefined && sourcePorts === null) return { reason: '"port" says no ports' };
  const source = readEnd(fromText);
  if (isFault(source)) return source;
  const destination = readEnd(to);
  if (isFault(destination)) return destination;
  const families = ([4, 6] as const).filter(
    (family) => (asked ?? `v${family}`) === `v${family}` && [source, destination].every((end) => isOf(end, family)),
  );
  if (families.length === 0) return { reason: 'its addresses are not of one IP version' };
  const rule = { text, enabled: disabled === undefined, action, source, destination, sourcePorts, destinationPorts };
  return families.map((family) => ({ ...rule, family, protocol: protocol[family] }));
}

function readPortWords(words: readonly string[], protocol: string): Ports | RuleFault {
  const [first, ...rest] = words;
  if (first === undefined) return null;
  if (rest.length > 0) return { reason: `"${words.join(' ')}" cannot stand there` };
  if (!PROTOCOLS.get(protocol)?.ports) return { reason: `"${first}" cannot stand there: tcp and udp have ports` };
  return readPorts(first);
}

function readEnd(text: string): string | null | RuleFault {
  if (text === 'any') return null;
  return readPrefix(text) ?? { reason: `"${text}" is not any, an address or a prefix` };
}

function isOf(prefix: string | null, family: 4 | 6): boolean {
  return prefix === null || prefix.includes(':') === (family === 6);
}

function isFault(read: Ports | string | RuleFault): read is RuleFault {
  return typeof read === 'object' && read !== null && 'reason' in read;
}
