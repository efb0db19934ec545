import type { NftRule } from './nft-item.ts';
import { ALWAYS_LOOK, FILTERS_TABLE, hex32, NEVER_LIVE, PORTS_TABLE } from './nft-names.ts';

/** A chain that every host has: at a hook, or gone to from one. */
interface BaseChain {
  readonly table: string;
  readonly name: string;
  /** Hook, priority and policy, as nft declares them. */
  readonly hook?: { readonly name: string; readonly priority: number; readonly policy: 'accept' | 'drop' };
  readonly rules: readonly string[];
}

export const BRIDGE = `bridge ${PORTS_TABLE}`;
export const INET = `inet ${FILTERS_TABLE}`;

/** Stands for the generation in rules, comments and what is compared. */
const GENERATION = '$generation';

/**
 * How a frame walks. br_netfilter takes it from the bridge hook at priority 0 through the inet hooks (conntrack among them) and back:
 * - bridge `pre`: from a device that is in no table: dropped. From a guarded port: must be from an address of the port; its mark
 *   becomes the number of the port's policy, and all that follows asks for that number only, so that no rule is walked port by port.
 * - inet `zone`: before reassembly, so that fragments of two networks never meet.
 * - inet `from`: a flow with the mark of the current generation was allowed by all that is in force now. Any other is looked at again, by
 *   the addresses of its first packet whichever way this packet goes: so a removed rule ends streams in both directions.
 * - bridge `whole`: after reassembly, so that nothing hides in fragments or behind extension headers (RFC 7113).
 * - bridge `local`: nobody speaks to the namespace of the bridges itself.
 * - bridge `fw`, inet `to`: the same for the port that the frame is delivered to.
 * - inet `stamp`: what is delivered to a guarded port is allowed by both ends, as far as they are here.
 */
export const BASE_CHAINS: readonly BaseChain[] = [
  {
    table: BRIDGE,
    name: 'from_guarded',
    rules: [
      'ether type ip meta mark set iifname . ether saddr . ip saddr map @own4 accept',
      'ether type ip6 meta mark set iifname . @ll,48,48 . @nh,64,128 map @own6 accept',
      'ether type arp goto from_arp',
      'ether type ip ip saddr 0.0.0.0 udp sport 68 udp dport 67 iifname . ether saddr @macs accept',
      'ether type ip6 ip6 saddr :: icmpv6 type { 131, 132, 133, 135, 143 } iifname . ether saddr @macs accept',
      'ether type ip meta mark set iifname . ether saddr . ip saddr map @pairs4 accept',
      'ether type ip6 meta mark set iifname . @ll,48,48 . @nh,64,128 map @pairs6 accept',
      'drop',
    ],
  },
  {
    table: BRIDGE,
    name: 'from_arp',
    rules: [
      'arp htype != 1 drop',
      'arp ptype != ip drop',
      'arp hlen != 6 drop',
      'arp plen != 4 drop',
      'arp operation != { request, reply } drop',
      'iifname . ether saddr != @macs drop',
      'meta mark set iifname . arp saddr ether . arp saddr ip map @own4 accept',
      'meta mark set iifname . arp saddr ether . arp saddr ip map @pairs4 accept',
      'arp saddr ip 0.0.0.0 iifname . arp saddr ether @macs accept',
      'drop',
    ],
  },
  {
    table: BRIDGE,
    name: 'pre',
    hook: { name: 'prerouting', priority: -300, policy: 'drop' },
    rules: ['meta mark set 0', 'meta mark set iifname map @ids goto from_guarded', 'iifname @open accept'],
  },
  {
    table: BRIDGE,
    name: 'nd_solicit_router',
    rules: [
      'ip6 nexthdr != 58 drop',
      'ip6 length 8 accept',
      // One option: the link-layer address (RFC 4861, section 4.6.1) that belongs to the sender's address.
      'ip6 length 16 @th,64,16 0x0101 meta mark set iifname . @th,80,48 . @nh,64,128 map @own6 accept',
      'ip6 length 16 @th,64,16 0x0101 meta mark set iifname . @th,80,48 . @nh,64,128 map @pairs6 accept',
      'drop',
    ],
  },
  {
    table: BRIDGE,
    name: 'nd_detect',
    rules: [
      'ip6 length != { 24, 32 } drop',
      // A nonce (RFC 7527), never a link-layer address.
      'ip6 length 32 @th,192,16 != 0x0e01 drop',
      'meta mark set iifname . @ll,48,48 . @th,64,128 map @own6 accept',
      'meta mark set iifname . @ll,48,48 . @th,64,128 map @pairs6 accept',
      'drop',
    ],
  },
  {
    table: BRIDGE,
    name: 'nd_solicit',
    rules: [
      'ip6 nexthdr != 58 drop',
      'ip6 saddr :: goto nd_detect',
      'ip6 length 24 accept',
      'ip6 length 32 @th,192,16 0x0101 meta mark set iifname . @th,208,48 . @nh,64,128 map @own6 accept',
      'ip6 length 32 @th,192,16 0x0101 meta mark set iifname . @th,208,48 . @nh,64,128 map @pairs6 accept',
      'drop',
    ],
  },
  {
    table: BRIDGE,
    name: 'nd_advertise',
    rules: [
      'ip6 nexthdr != 58 drop',
      'ip6 length 24 meta mark set iifname . @ll,48,48 . @th,64,128 map @own6 accept',
      'ip6 length 24 meta mark set iifname . @ll,48,48 . @th,64,128 map @pairs6 accept',
      'ip6 length 32 @th,192,16 0x0201 meta mark set iifname . @th,208,48 . @th,64,128 map @own6 accept',
      'ip6 length 32 @th,192,16 0x0201 meta mark set iifname . @th,208,48 . @th,64,128 map @pairs6 accept',
      'drop',
    ],
  },
  {
    table: BRIDGE,
    name: 'whole',
    hook: { name: 'prerouting', priority: 10, policy: 'accept' },
    rules: [
      'meta mark 0 accept',
      'meta l4proto udp udp sport . udp dport { 67 . 68, 547 . 546 } drop',
      'meta l4proto 58 icmpv6 type vmap { 133 : goto nd_solicit_router, 134 : drop, 135 : goto nd_solicit, 136 : goto nd_advertise, 137 : drop }',
    ],
  },
  { table: BRIDGE, name: 'local', hook: { name: 'input', priority: -300, policy: 'drop' }, rules: [] },
  {
    table: BRIDGE,
    name: 'to_guarded',
    rules: [
      // The host's own DHCP and DNS server, whose answers need no rule.
      'iifname "dh*" meta mark set 0 accept',
      // Of a router on this host, which says by it that it is one; a router passes nobody else's on.
      'iifname "rt-*" icmpv6 type 134 meta mark set 0 accept',
      'ether type ip meta mark set oifname . ether daddr . ip daddr map @own4 accept',
      'ether type ip6 meta mark set oifname . @ll,0,48 . @nh,192,128 map @own6 accept',
      'ether type != { ip, ip6, arp } drop',
      'ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 accept',
      'ether type arp oifname . ether daddr @macs accept',
      'ether type ip meta mark set oifname . ether daddr . ip daddr map @pairs4 accept',
      'ether type ip6 meta mark set oifname . @ll,0,48 . @nh,192,128 map @pairs6 accept',
      'drop',
    ],
  },
  {
    table: BRIDGE,
    name: 'fw',
    hook: { name: 'forward', priority: -10, policy: 'drop' },
    rules: ['meta mark set 0', 'meta mark set oifname map @ids goto to_guarded', 'oifname @open accept'],
  },
  {
    table: INET,
    name: 'zone',
    hook: { name: 'prerouting', priority: -450, policy: 'accept' },
    rules: ['ct zone set iifname map @zones accept', 'notrack'],
  },
  {
    table: INET,
    name: 'live',
    rules: [`meta mark & ${hex32(ALWAYS_LOOK)} == 0 ct mark ${GENERATION} accept`],
  },
  { table: INET, name: 'never_live', rules: [`ct mark set ${hex32(NEVER_LIVE)}`, 'accept'] },
  { table: INET, name: 'from_reply', rules: ['meta mark vmap @from_reply', 'drop'] },
  {
    table: INET,
    name: 'from',
    hook: { name: 'prerouting', priority: 0, policy: 'accept' },
    rules: [
      'meta mark 0 accept',
      'jump live',
      'udp sport . udp dport { 68 . 67, 546 . 547 } accept',
      'icmpv6 type { 130, 131, 132, 133, 135, 136, 143 } accept',
      `meta mark set meta mark & ${hex32(~ALWAYS_LOOK)}`,
      'ct direction reply goto from_reply',
      'meta mark vmap @from_original',
      'drop',
    ],
  },
  { table: INET, name: 'to_reply', rules: ['meta mark vmap @to_reply', 'drop'] },
  {
    table: INET,
    name: 'to',
    hook: { name: 'forward', priority: 0, policy: 'accept' },
    rules: [
      'meta mark 0 accept',
      'jump live',
      'icmpv6 type { 130, 131, 132, 135, 136, 143 } accept',
      `meta mark set meta mark & ${hex32(~ALWAYS_LOOK)}`,
      'ct direction reply goto to_reply',
      'meta mark vmap @to_original',
      'drop',
    ],
  },
  {
    table: INET,
    name: 'stamp',
    hook: { name: 'postrouting', priority: 0, policy: 'accept' },
    rules: [
      // Out of an open device, which may be the way to a port of another host: nobody asked that port's rules here, and it may move in.
      'meta mark 0 accept',
      `ct mark { ${GENERATION}, ${hex32(NEVER_LIVE)} } accept`,
      `ct mark set ${GENERATION}`,
    ],
  },
];

/** Sets and maps that every host has, by table. Raw offsets where a key is also looked for inside ND messages. */
export const BASE_SETS: readonly { readonly table: string; readonly name: string; readonly type: string }[] = [
  { table: BRIDGE, name: 'ids', type: 'type ifname : mark;' },
  { table: BRIDGE, name: 'open', type: 'type ifname;' },
  { table: BRIDGE, name: 'macs', type: 'type ifname . ether_addr;' },
  { table: BRIDGE, name: 'own4', type: 'type ifname . ether_addr . ipv4_addr : mark;' },
  { table: BRIDGE, name: 'own6', type: 'typeof iifname . @ll,48,48 . @nh,64,128 : meta mark;' },
  { table: BRIDGE, name: 'pairs4', type: 'type ifname . ether_addr . ipv4_addr : mark; flags interval;' },
  { table: BRIDGE, name: 'pairs6', type: 'typeof iifname . @ll,48,48 . @nh,64,128 : meta mark; flags interval;' },
  { table: INET, name: 'zones', type: 'typeof iifname : ct zone;' },
  ...['from_original', 'from_reply', 'to_original', 'to_reply'].map((name) => ({
    table: INET,
    name,
    type: 'type mark : verdict;',
  })),
];

/** Chains whose rules say the generation. */
export const GENERATION_CHAINS = ['live', 'stamp'];

/** The comment by which a rule is known again. */
export function baseComment(rule: string): string {
  return rule
    .replaceAll('"', '')
    .replace(/\$generation/g, 'generation')
    .slice(0, 120);
}

/** The rule with its comment: for rules that say the generation followed by its number. */
export function baseRule(rule: string, generation: number): NftRule {
  const number = rule.includes(GENERATION) ? ` ${hex32(generation)}` : '';
  return { text: rule.replaceAll(GENERATION, hex32(generation)), comment: `${baseComment(rule)}${number}` };
}

/** What `baseRule` put into a comment; the generation is undefined in the comment of a rule that does not say it. */
export function readGeneration(comment: string): { readonly comment: string; readonly generation: number | undefined } {
  const [, own = comment, number] = /^(.*\bgeneration\b.*) (0x[0-9a-f]{8})$/.exec(comment) ?? [];
  return { comment: own, generation: number === undefined ? undefined : Number(number) };
}
