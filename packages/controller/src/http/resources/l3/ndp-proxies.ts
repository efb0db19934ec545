import type { Conditions } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import { ipAddress } from '../../resource/address-types.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { InvalidValue, nullable, text, uuid, type ValueType } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { ndpProxyRules, type ProxyValues } from './ndp-proxy-rules.ts';
import { ipv6ScopeSql } from './proxy-gateway.ts';

const OWNER: Conditions = ['owner'];
const LONGEST_DESCRIPTION = 1024;

/** An IPv4 address in the clothes of an IPv6 one is none. */
const ipv6Address: ValueType<string> = {
  ...ipAddress,
  schema: { type: 'string', format: 'ipv6' },
  parse(value) {
    const address = ipAddress.parse(value);
    if (address.includes(':') && !address.startsWith('::ffff:')) return address;
    throw new InvalidValue(`'${pythonText(value)}' is not a valid IPv6 address`);
  },
};

/** Addresses behind a router that it answers for on the external network as they are (IPv6). */
export function ndpProxies(base: Built): Resource<ProxyValues> {
  const { id, name, project_id } = IDENTITY;
  const { created_at, updated_at, revision_number } = STANDARD;
  const attributes = {
    id,
    name,
    project_id,
    router_id: {
      type: uuid,
      create: true,
      required: true,
      filter: true,
      sort: true,
      references: { resource: base.get('router'), lock: true },
    },
    port_id: { type: uuid, create: true, required: true, filter: true, sort: true },
    ip_address: {
      type: nullable(ipv6Address),
      create: true,
      default: null,
      select: 'host(t.ip_address)',
      filter: true,
      sort: true,
    },
    description: { type: text(LONGEST_DESCRIPTION), create: true, update: true, default: '' },
    created_at,
    updated_at,
    revision_number,
  } as const satisfies Record<string, Attribute>;
  return {
    name: 'ndp_proxy',
    collection: 'ndp_proxies',
    table: 'ndp_proxies',
    notFound: (proxy) => new ApiError(404, 'NDPProxyNotFound', `Ndp proxy ${proxy} could not be found.`),
    access: { read: OWNER, create: OWNER, update: OWNER, delete: OWNER },
    attributes,
    rules: ndpProxyRules(base, () => ipv6ScopeSql(base.get('network'))),
  };
}
