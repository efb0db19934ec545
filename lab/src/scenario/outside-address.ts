import { holds } from '@netloom/core/filter/rule-fits';
import { formatAddress, parseAddress } from '@netloom/core/net/address';
import { parsePrefix } from '@netloom/core/net/prefix';
import type { ScenarioErrorCode } from './problems.ts';
import { reservedRole } from './reserved-role.ts';
import type { NetworkSpec } from './scenario.ts';

interface Problem {
  readonly code: ScenarioErrorCode;
  readonly details: Readonly<Record<string, string>>;
}

/** Why a text is no address that a gateway or floating IP can have on an external network; undefined when it is one. */
export function outsideProblem(
  text: string,
  { network, taken }: { readonly network: NetworkSpec; readonly taken: ReadonlyMap<string, string> },
): Problem | undefined {
  const address = parseAddress(text);
  if (address === undefined) return { code: 'LAB_ADDRESS', details: { text } };
  const ip = formatAddress(address);
  const cidr = network.subnets.find((each) => holds(each.cidr, address))?.cidr ?? '';
  const prefix = parsePrefix(cidr);
  if (prefix === undefined) {
    const cidrs = network.subnets.map((each) => each.cidr).join(', ');
    return { code: 'LAB_ADDRESS_OUTSIDE', details: { ip, network: network.name, cidrs } };
  }
  const role = reservedRole(address, prefix);
  if (role !== undefined) return { code: 'LAB_ADDRESS_RESERVED', details: { ip, role, cidr } };
  if (address.family === 6 && (network.ipv6 === 'slaac' || network.ipv6 === 'dhcpv6-stateless'))
    return { code: 'LAB_ADDRESS_SLAAC', details: { ip, cidr } };
  const other = taken.get(`${network.name} ${ip}`);
  return other === undefined ? undefined : { code: 'LAB_ADDRESS_TAKEN', details: { ip, other } };
}
