import { formatAddress, parseAddress } from '@netloom/core/net/address';
import { canonicalMac, isGroupMac } from '@netloom/core/net/mac';
import { formatPrefix, parsePrefix, prefixOf } from '@netloom/core/net/prefix';
import { literal, pythonText } from './python-text.ts';
import { InvalidValue, invalidInput, isObject, uuid, type ValueType } from './value-types.ts';

/** A MAC address of one station: no group address, not all zeros. */
export const mac: ValueType<string> = {
  schema: { type: 'string', pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$' },
  sql: 'text',
  parse(value) {
    const address = typeof value === 'string' ? canonicalMac(value) : undefined;
    if (address === undefined || address === '00:00:00:00:00:00' || isGroupMac(address)) {
      throw new InvalidValue(`'${pythonText(value)}' is not a valid MAC address`);
    }
    return address;
  },
  fromText: (text) => canonicalMac(text) ?? text,
};

export const ipAddress: ValueType<string> = {
  schema: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  sql: 'text',
  parse: canonicalIp,
  fromText(text) {
    const address = parseAddress(text);
    return address ? formatAddress(address) : text;
  },
};

function canonicalIp(value: unknown): string {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  if (address === undefined) throw new InvalidValue(`'${pythonText(value)}' is not a valid IP address`);
  return formatAddress(address);
}

/** A prefix; bits beyond its length are cleared, and a bare address is a prefix of one address. */
export const cidr: ValueType<string> = {
  schema: { type: 'string' },
  sql: 'text',
  parse(value) {
    const prefix = typeof value === 'string' ? readPrefix(value) : undefined;
    if (prefix === undefined) throw invalidInput(`${pythonText(value)} is not in a CIDR format`);
    return formatPrefix(prefix);
  },
  fromText(text) {
    const prefix = readPrefix(text);
    return prefix ? formatPrefix(prefix) : text;
  },
};

function readPrefix(text: string) {
  const address = parseAddress(text);
  return address ? prefixOf(address, address.family === 4 ? 32 : 128) : parsePrefix(text);
}

export interface PoolText {
  readonly start: string;
  readonly end: string;
}

/** Allocation pools: first and last address of each. */
export const allocationPools: ValueType<readonly PoolText[]> = {
  schema: { type: 'array', items: { type: 'object', required: ['start', 'end'] } },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value) || !value.every(isObject)) throw invalidInput('Invalid data format for allocation pools');
    return value.map((pool) => {
      expectKeys(pool, ['start', 'end']);
      return { start: canonicalIp(pool['start']), end: canonicalIp(pool['end']) };
    });
  },
  fromText: () => undefined,
};

export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

export const hostRoutes: ValueType<readonly HostRoute[]> = {
  schema: { type: 'array', items: { type: 'object', required: ['destination', 'nexthop'] }, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new InvalidValue(`Invalid data format for hostroute: '${pythonText(value)}'`);
    const routes = value.map((route: unknown) => {
      const { destination, nexthop } = expectKeys(route, ['destination', 'nexthop']);
      return { destination: routeDestination(destination), nexthop: canonicalIp(nexthop) };
    });
    const twice = firstRepeated(routes.map((route) => `${route.destination} ${route.nexthop}`));
    if (twice >= 0) throw new InvalidValue(`Duplicate hostroute '${literal(value[twice])}'`);
    return routes;
  },
  fromText: () => undefined,
};

function routeDestination(value: unknown): string {
  const prefix = typeof value === 'string' ? parsePrefix(value) : undefined;
  const address = typeof value === 'string' ? parseAddress(value.split('/')[0] ?? '') : undefined;
  if (prefix === undefined || prefix.first !== address?.value) {
    throw new InvalidValue(`'${pythonText(value)}' is not a valid CIDR`);
  }
  return formatPrefix(prefix);
}

export const nameservers: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new InvalidValue(`Invalid data format for nameserver: '${pythonText(value)}'`);
    const servers = value.map((server: unknown) => {
      const address = typeof server === 'string' ? parseAddress(server) : undefined;
      if (address !== undefined) return formatAddress(address);
      const text = pythonText(server);
      throw new InvalidValue(`'${text}' is not a valid nameserver. '${text}' is not a valid IP address`);
    });
    const twice = firstRepeated(servers);
    if (twice >= 0) throw new InvalidValue(`Duplicate nameserver '${pythonText(value[twice])}'`);
    return servers;
  },
  fromText: () => undefined,
};

/** An address as a port asks for it: in a subnet, this very one, or both. */
export interface WantedIp {
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

const MOST_FIXED_IPS = 64;

export const fixedIps: ValueType<readonly WantedIp[]> = {
  schema: {
    type: 'array',
    maxItems: MOST_FIXED_IPS,
    items: { type: 'object', properties: { subnet_id: uuid.schema, ip_address: ipAddress.schema } },
  },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) throw new InvalidValue(`Invalid data format for fixed IP: '${pythonText(value)}'`);
    if (value.length > MOST_FIXED_IPS) throw invalidInput('Exceeded maximum amount of fixed ips per port');
    const wanted = value.map(wantedIp);
    const given = wanted.map((one, i) => one.ip_address ?? `any ${i}`);
    const twice = firstRepeated(given);
    if (twice >= 0) throw new InvalidValue(`Duplicate IP address '${given[twice]}'`);
    return wanted;
  },
  fromText: () => undefined,
};

function wantedIp(value: unknown): WantedIp {
  if (!isObject(value)) throw new InvalidValue(`Invalid data format for fixed IP: '${pythonText(value)}'`);
  const wanted = {
    ...(Object.hasOwn(value, 'ip_address') ? { ip_address: canonicalIp(value['ip_address']) } : {}),
    ...(Object.hasOwn(value, 'subnet_id') ? { subnet_id: uuid.parse(value['subnet_id']) } : {}),
  };
  if (Object.keys(wanted).length === 0) throw invalidInput('IP allocation requires subnet_id or ip_address');
  return wanted;
}

function firstRepeated(texts: readonly string[]): number {
  const seen = new Set<string>();
  return texts.findIndex((text) => seen.size === seen.add(text).size);
}

function expectKeys(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (!isObject(value)) {
    throw new InvalidValue(`Invalid input. '${pythonText(value)}' must be a dictionary with keys: ${literal(keys)}`);
  }
  const provided = Object.keys(value);
  if (provided.length === keys.length && keys.every((key) => Object.hasOwn(value, key))) return value;
  throw new InvalidValue(
    `Validation of dictionary's keys failed. Expected keys: ${literal(keys)} Provided keys: ${literal(provided)}`,
  );
}
