import type { FloatingIpRow, GatewayRow } from '@netloom/core/tables/host-tables';

/** Table of a router's address translation, in its namespace. */
export const NAT_TABLE = 'netloom_nat';
/** Table that takes in what other hosts send to the gateway, by the MAC that means it. */
export const TRANSIT_TABLE = 'netloom_transit';

export interface Nat {
  /** Device on the external network. */
  readonly out: string;
  /** Device by which other hosts' packets come; null where none do. */
  readonly transit: { readonly device: string; readonly mac: string } | null;
  readonly gateway: GatewayRow;
  readonly floatingIps: readonly FloatingIpRow[];
}

/**
 * Commands that put both tables, whatever was there, in one transaction. Only IPv4 is translated.
 * - `pre`, `post`: a floating IP stands for its fixed address both ways. Who reaches a floating IP from inside comes from the router or
 *   from its own floating IP: else the answer would take the short way, untranslated. Who has none leaves as the router, where it may.
 * - `cut`: translations of open flows outlive the rules that made them, so that every packet is held to those there are.
 */
export function natCommands({ out, transit, gateway, floatingIps }: Nat): string {
  const own = gateway.interface.addresses.find((address) => !address.includes(':'))?.split('/')[0];
  const pairs = floatingIps.filter(({ address }) => !address.includes(':'));
  const elements = (list: readonly string[]): string => (list.length === 0 ? '' : `elements = { ${list.join(', ')} }`);
  const ins = elements(pairs.map(({ address, fixed }) => `${address} : ${fixed}`));
  const outs = elements(pairs.map(({ address, fixed }) => `${fixed} : ${address}`));
  const known = elements(pairs.map(({ address, fixed }) => `${fixed} . ${address}`));
  const asRouter = own === undefined ? [] : [`ct status dnat iifname != "${out}" oifname != "${out}" snat to ${own}`];
  if (own !== undefined && gateway.snat) asRouter.push(`oifname "${out}" snat to ${own}`);
  const notOwn = own === undefined ? '' : `ct reply ip daddr != ${own} `;
  return [
    ...removal('ip', NAT_TABLE),
    `table ip ${NAT_TABLE} {`,
    `map fips { type ipv4_addr : ipv4_addr; ${ins}`,
    '}',
    `map fixed { type ipv4_addr : ipv4_addr; ${outs}`,
    '}',
    `set pairs { type ipv4_addr . ipv4_addr; ${known}`,
    '}',
    'chain pre { type nat hook prerouting priority dstnat; policy accept;',
    'dnat to ip daddr map @fips',
    '}',
    'chain post { type nat hook postrouting priority srcnat; policy accept;',
    `oifname "${out}" snat to ip saddr map @fixed`,
    `ct status dnat iifname != "${out}" oifname != "${out}" snat to ip saddr map @fixed`,
    ...asRouter,
    '}',
    'chain cut { type filter hook forward priority 0; policy accept;',
    'ct status dnat ct reply ip saddr . ct original ip daddr != @pairs drop',
    `ct status snat ${notOwn}ct original ip saddr . ct reply ip daddr != @pairs drop`,
    '}',
    '}',
    ...removal('netdev', TRANSIT_TABLE),
    `table netdev ${TRANSIT_TABLE} {`,
    ...(transit === null
      ? []
      : [
          `chain in { type filter hook ingress device "${transit.device}" priority 0; policy accept;`,
          `ether daddr ${transit.mac} meta pkttype set host`,
          '}',
        ]),
    '}',
    '',
  ].join('\n');
}

/** Commands that take both tables away. */
export const NO_NAT = [...removal('ip', NAT_TABLE), ...removal('netdev', TRANSIT_TABLE), ''].join('\n');

/** A table that is not there cannot be deleted, so it is made first. */
function removal(family: string, table: string): string[] {
  return [`add table ${family} ${table}`, `delete table ${family} ${table}`];
}
