import { canonicalMac, isGroupMac } from '@netloom/core/net/mac';
import { formatPrefix, parsePrefix, prefixesOverlap } from '@netloom/core/net/prefix';
import { ApiError } from '../../api-error.ts';
import { mac } from '../../resource/address-types.ts';
import { pythonText } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { InvalidValue, isObject, type ValueType } from '../../resource/value-types.ts';
import { type HostPrefix, networkOf, parseHostPrefix } from '../security-groups/host-prefix.ts';

/** Addresses, or prefixes of them, that a port may use beside its own; both as the client wrote them. */
export interface AddressPair {
  /** Absent: that of the port. */
  readonly mac_address?: string;
  readonly ip_address: string;
}

const MOST_PAIRS = 10;
const KEYS = ['mac_address', 'ip_address'];
const MULTICAST = { 4: parsePrefix('224.0.0.0/4'), 6: parsePrefix('ff00::/8') };

export const addressPairs: ValueType<readonly AddressPair[]> = {
  schema: {
    type: 'array',
    maxItems: MOST_PAIRS,
    items: { type: 'object', required: ['ip_address'], properties: { mac_address: mac.schema } },
  },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw badRequest('Allowed address pairs must be a list.');
    if (value.length > MOST_PAIRS) {
      throw new ApiError(
        400,
        'AllowedAddressPairExhausted',
        `The number of allowed address pair exceeds the maximum ${MOST_PAIRS}.`,
      );
    }
    const pairs = value.map(addressPair);
    refuseTwice(pairs);
    return pairs;
  },
  fromText: () => undefined,
};

function addressPair(value: unknown): AddressPair {
  if (!isObject(value)) throw new InvalidValue(`'${pythonText(value)}' is not a dictionary`);
  const given = Object.hasOwn(value, 'mac_address') ? { mac_address: stationMac(value['mac_address']) } : {};
  if (!Object.hasOwn(value, 'ip_address')) {
    throw new ApiError(400, 'AllowedAddressPairsMissingIP', 'AllowedAddressPair must contain ip_address');
  }
  const unknown = Object.keys(value).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${pythonText(unknown.join(', '))}'`);
  return { ...given, ip_address: unicastAddress(value['ip_address']) };
}

function stationMac(value: unknown): string {
  const address = typeof value === 'string' ? canonicalMac(value) : undefined;
  if (address !== undefined && isGroupMac(address)) {
    throw badRequest(`MAC address ${address} is a multicast address, which is not supported.`);
  }
  try {
    mac.parse(value);
    return String(value);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw badRequest(error.message, error);
  }
}

function unicastAddress(value: unknown): string {
  const prefix = typeof value === 'string' ? parseHostPrefix(value) : undefined;
  const text = pythonText(value);
  const isSubnet = text.includes('/');
  if (prefix === undefined) throw badRequest(`'${text}' is not a valid IP ${isSubnet ? 'subnet' : 'address'}`);
  refuseMulticast(text, prefix, isSubnet);
  return text;
}

/** Any IPv4 address at all is allowed, though some of them are groups. */
function refuseMulticast(text: string, prefix: HostPrefix, isSubnet: boolean): void {
  const { family } = prefix.address;
  const groups = MULTICAST[family];
  if (groups === undefined || !prefixesOverlap(groups, networkOf(prefix))) return;
  if (!isSubnet) throw badRequest(`IP ${text} is a multicast address, which is not supported.`);
  if (family === 4 && prefix.length === 0) return;
  throw badRequest(`Subnet ${text} overlaps with multicast range ${formatPrefix(groups)}, which is not supported.`);
}

/** Throws 400 when two pairs are the same, however they are spelled. */
export function refuseTwice(pairs: readonly AddressPair[]): void {
  const seen = new Set<string>();
  for (const { mac_address: station, ip_address: ip } of pairs) {
    const prefix = parseHostPrefix(ip);
    const same = `${station && canonicalMac(station)} ${prefix && formatPrefix(networkOf(prefix))}`;
    if (seen.has(same)) {
      throw new ApiError(
        400,
        'DuplicateAddressPairInRequest',
        `Request contains duplicate address pair: mac_address ${station ?? 'None'} ip_address ${ip}.`,
      );
    }
    seen.add(same);
  }
}
