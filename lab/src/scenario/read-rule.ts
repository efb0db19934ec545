import { canonicalAddress } from '@netloom/core/net/address';
import { formatPrefix, hostPrefix, parsePrefix } from '@netloom/core/net/prefix';
import type { RemoteSpec, RuleSpec } from './scenario.ts';
import { didYouMean } from './suggest.ts';

/** What is wrong with the words of a rule. */
export interface RuleFault {
  readonly reason: string;
}

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['any', { 4: null, 6: null, ports: false, types: false }],
  ['icmp', { 4: 1, 6: 58, ports: false, types: true }],
  ['tcp', { 4: 6, 6: 6, ports: true, types: false }],
  ['udp', { 4: 17, 6: 17, ports: true, types: false }],
  ['sctp', { 4: 132, 6: 132, ports: true, types: false }],
]);

interface Protocol {
  /** IANA number in each family; null for any. */
  readonly 4: number | null;
  readonly 6: number | null;
  readonly ports: boolean;
  readonly types: boolean;
}

interface Numbers {
  readonly min: number | null;
  readonly max: number | null;
}

/**
 * Reads "ingress [v4|v6] PROTOCOL [PORTS | type N [code N]] from REMOTE" (egress: "to"), where PROTOCOL is any, icmp, tcp,
 * udp, sctp or a number, PORTS is 80 or 8000-8100, and REMOTE is any, an address, a prefix, "group NAME" or "addressGroup
 * NAME". A rule that names no family is two rules, except with an ICMP type, which is IPv4's.
 */
export function readRule(text: string): readonly RuleSpec[] | RuleFault {
  const words = text.split(/\s+/);
  const [direction] = words;
  if (direction !== 'ingress' && direction !== 'egress') return wrongWord(direction, ['ingress', 'egress']);
  const turn = direction === 'ingress' ? 'from' : 'to';
  const at = words.indexOf(turn);
  if (at < 0) return { reason: `an ${direction} rule says what it is ${turn}` };
  const [, ...traffic] = words.slice(0, at);
  const asked = traffic[0] === 'v4' || traffic[0] === 'v6' ? traffic.shift() : undefined;
  const [name = '', ...numberWords] = traffic;
  const protocol = PROTOCOLS.get(name) ?? numbered(name);
  if (protocol === undefined) return wrongWord(name, [...PROTOCOLS.keys()]);
  const numbers = readNumbers(numberWords, protocol);
  if ('reason' in numbers) return numbers;
  const remote = readRemote(words.slice(at + 1));
  if ('reason' in remote) return remote;
  const families = familiesOf({ asked, remote, hasType: protocol.types && numbers.min !== null });
  if (families.length === 0) return { reason: `its address is not IP${asked}` };
  return families.map((family) => ({ text, direction, family, protocol: protocol[family], ...numbers, remote }));
}

function numbered(word: string): Protocol | undefined {
  const number = wholeNumber(word, 255);
  return number === undefined ? undefined : { 4: number, 6: number, ports: false, types: false };
}

function readNumbers(words: readonly string[], protocol: Protocol): Numbers | RuleFault {
  const [first, ...rest] = words;
  if (first === undefined) return { min: null, max: null };
  if (protocol.ports && rest.length === 0) {
    const ports = readPorts(first);
    return 'reason' in ports ? ports : { min: ports[0], max: ports[1] };
  }
  if (protocol.types && first === 'type') {
    const [typeText = '', codeWord, codeText = '', ...more] = rest;
    const min = wholeNumber(typeText, 255);
    const max = codeWord === undefined ? null : wholeNumber(codeText, 255);
    const isCode = codeWord === undefined || codeWord === 'code';
    if (min !== undefined && max !== undefined && isCode && more.length === 0) return { min, max };
    return { reason: `"${words.join(' ')}" is not "type NUMBER" or "type NUMBER code NUMBER"` };
  }
  return { reason: `"${words.join(' ')}" cannot stand there` };
}

/** Reads "80" or "8000-8100": first and last port. */
export function readPorts(text: string): readonly [number, number] | RuleFault {
  const [, low = '', high = low] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [min, max] = [wholeNumber(low, 65_535), wholeNumber(high, 65_535)];
  if (min !== undefined && max !== undefined && min >= 1 && min <= max) return [min, max];
  return { reason: `"${text}" is neither a port nor a range of ports` };
}

function readRemote(words: readonly string[]): RemoteSpec | RuleFault {
  const [first = '', name, ...rest] = words;
  if (name !== undefined) {
    if ((first === 'group' || first === 'addressGroup') && rest.length === 0) return { kind: first, name };
    return rest.length === 0 ? wrongWord(first, ['group', 'addressGroup']) : { reason: 'it has too many words' };
  }
  if (first === 'any') return { kind: 'any' };
  const prefix = readPrefix(first);
  if (prefix !== undefined) return { kind: 'prefix', prefix };
  return { reason: `"${first}" is not any, an address, a prefix, "group NAME" or "addressGroup NAME"` };
}

/** The canonical prefix that an address or prefix means. */
export function readPrefix(text: string): string | undefined {
  const address = canonicalAddress(text);
  if (address !== undefined) return hostPrefix(address);
  const prefix = parsePrefix(text);
  return prefix && formatPrefix(prefix);
}

function familiesOf(rule: { asked: string | undefined; remote: RemoteSpec; hasType: boolean }): readonly (4 | 6)[] {
  const { asked, remote, hasType } = rule;
  const wanted = asked === undefined ? undefined : asked === 'v6' ? 6 : 4;
  if (remote.kind === 'prefix') {
    const family = remote.prefix.includes(':') ? 6 : 4;
    return wanted === undefined || wanted === family ? [family] : [];
  }
  if (wanted !== undefined) return [wanted];
  return hasType ? [4] : [4, 6];
}

/** Words for a word that is not among those that can stand there. */
export function wrongWord(word: string | undefined, wanted: readonly string[]): RuleFault {
  return { reason: `"${word}" is not one of ${wanted.join(', ')}${didYouMean(word ?? '', wanted)}` };
}

function wholeNumber(text: string, most: number): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}
