import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Attribute, can, handleOf, pathOf, type Resource } from '../../src/http/resource/definition.ts';
import { networkingResources } from '../../src/http/resources/networking-resources.ts';
import type { Api } from './api-under-test.ts';

export type Json = Record<string, unknown>;

/** One object of a resource, and how to address it. */
export interface Example {
  readonly id: string;
  /** "/v2.0/qos/policies/ID/bandwidth_limit_rules" */
  readonly collection: string;
}

export interface Examples {
  /** What a new object of a resource needs to be given; what it names is made first. */
  body(name: string): Promise<Json>;
  /** An object of a resource, the same one each time. */
  one(name: string): Promise<Example>;
  /** A further object of a resource. */
  another(name: string, more?: Json): Promise<Example & { readonly object: Json }>;
}

type Recipe = (examples: Examples, count: number) => Promise<Json> | Json;

/** What the definitions do not say about required values. */
const BODIES: Readonly<Record<string, Recipe>> = {
  subnet: async (examples, count) => ({
    network_id: (await examples.one('network')).id,
    ip_version: 4,
    cidr: `10.${100 + (count >> 8)}.${count & 255}.0/24`,
  }),
  subnetpool: (_, count) => ({ name: 'pool', prefixes: [`10.${count & 255}.0.0/16`] }),
  rbac_policy: async (examples, count) => ({
    object_type: 'network',
    object_id: (await examples.one('network')).id,
    action: 'access_as_shared',
    target_tenant: `project-${count}`,
  }),
  port: async (examples) => ({ network_id: (await roomy(examples)).id }),
  trunk: async (examples) => ({ port_id: (await examples.another('port')).id }),
  floatingip: async (examples) => ({ floating_network_id: (await outside(examples)).id }),
  port_forwarding: async (examples, count) => {
    const { port, ip } = await behindRouter(examples, 4);
    const ports = { external_port: 1 + count, internal_port: 1 + count };
    return { protocol: 'tcp', internal_port_id: port, internal_ip_address: ip, ...ports };
  },
  ndp_proxy: async (examples) => {
    const { router, port } = await behindRouter(examples, 6);
    return { router_id: router, port_id: port };
  },
  conntrack_helper: (_, count) => ({ protocol: 'udp', port: 1000 + count, helper: 'tftp' }),
  metering_label_rule: async (examples, count) => ({
    metering_label_id: (await examples.one('metering_label')).id,
    direction: 'ingress',
    remote_ip_prefix: `10.${count >> 8}.${count & 255}.0/24`,
  }),
  security_group_rule: async (examples, count) => ({
    security_group_id: (await examples.one('security_group')).id,
    direction: 'ingress',
    protocol: 'tcp',
    port_range_min: count,
    port_range_max: count,
  }),
  default_security_group_rule: (_, count) => ({
    direction: 'ingress',
    protocol: 'tcp',
    port_range_min: count,
    port_range_max: count,
    used_in_default_sg: false,
    used_in_non_default_sg: true,
  }),
  flavor: () => ({ service_type: 'L3_ROUTER_NAT' }),
  service_profile: () => ({ metainfo: '{}' }),
  log: () => ({ resource_type: 'security_group' }),
  local_ip: async (examples) => {
    await examples.one('subnet');
    return { network_id: (await examples.one('network')).id };
  },
  port_association: async (examples) => {
    await examples.one('subnet');
    const { id, object } = await examples.another('port');
    const [first] = object['fixed_ips'] as { ip_address: string }[];
    return { fixed_port_id: id, fixed_ip: first?.ip_address };
  },
  policy: () => ({}),
  firewall_group: () => ({}),
  flow_classifier: (_, count) => ({ source_ip_prefix: `10.${count >> 8}.${count & 255}.0/24` }),
  port_pair: async (examples, count) => {
    const device_id = `function-${count}`;
    const [ingress, egress] = [
      await examples.another('port', { device_id }),
      await examples.another('port', { device_id }),
    ];
    return { ingress: ingress.id, egress: egress.id };
  },
  port_chain: async (examples) => ({ port_pair_groups: [(await examples.another('port_pair_group')).id] }),
  service_graph: async (examples) => ({ port_chains: { [(await examples.another('port_chain')).id]: [] } }),
  network_association: async (examples) => ({ network_id: (await examples.another('network')).id }),
  router_association: async (examples) => ({ router_id: (await examples.another('router')).id }),
  bgpvpn_port_association: async (examples) => ({ port_id: (await examples.another('port')).id }),
  tap_mirror: async (examples, count) => ({
    port_id: (await examples.one('port')).id,
    directions: { IN: count },
    remote_ip: '192.0.2.1',
    mirror_type: 'gre',
  }),
  bgp_peer: (_, count) => ({ peer_ip: `192.0.2.${count & 255}`, remote_as: 64512, auth_type: 'none' }),
  network_segment_range: (_, count) => ({
    name: 'range',
    shared: true,
    network_type: 'gre',
    minimum: 1_000_000 + count * 10,
    maximum: 1_000_005 + count * 10,
  }),
  segment: async (examples, count) => ({
    network_id: (await examples.one('network')).id,
    network_type: 'gre',
    segmentation_id: count,
  }),
};

/** Objects that another resource makes. */
const MADE_BY: Readonly<Record<string, string>> = {
  alias_bandwidth_limit_rule: 'bandwidth_limit_rule',
  alias_dscp_marking_rule: 'dscp_marking_rule',
  alias_minimum_bandwidth_rule: 'minimum_bandwidth_rule',
  alias_minimum_packet_rate_rule: 'minimum_packet_rate_rule',
  alias_packet_rate_limit_rule: 'packet_rate_limit_rule',
};

let outsideNetwork: Promise<Example> | undefined;
let roomyNetwork: Promise<Example> | undefined;

/** A network with addresses for many ports, and which nobody changes. */
async function roomy(examples: Examples): Promise<Example> {
  roomyNetwork ??= (async () => {
    const network = await examples.another('network');
    await examples.another('subnet', { network_id: network.id, cidr: '172.20.0.0/16' });
    return network;
  })();
  return roomyNetwork;
}

/** An external network with a subnet. */
async function outside(examples: Examples): Promise<Example> {
  outsideNetwork ??= (async () => {
    const network = await examples.another('network', { 'router:external': true });
    await examples.another('subnet', { network_id: network.id, cidr: '198.18.0.0/16' });
    return network;
  })();
  return outsideNetwork;
}

interface Routed {
  readonly router: string;
  readonly port: string;
  readonly ip: string;
}

const routed = new Map<4 | 6, Promise<Routed>>();

/** A port behind a router to the external network, which for IPv6 routes the same address scope. */
function behindRouter(examples: Examples, ipVersion: 4 | 6): Promise<Routed> {
  const known = routed.get(ipVersion) ?? makeRouted(examples, ipVersion);
  routed.set(ipVersion, known);
  return known;
}

async function makeRouted(examples: Examples, ip_version: 4 | 6): Promise<Routed> {
  const external = (await outside(examples)).id;
  const network_id = (await examples.another('network')).id;
  const six = ip_version === 6;
  const addresses = six ? await scopedAddresses(examples) : { cidr: '10.250.0.0/24' };
  if (six) await examples.another('subnet', { network_id: external, ip_version, ...addresses });
  const subnet = await examples.another('subnet', { network_id, ip_version, ...addresses });
  const router = await examples.another('router', {
    external_gateway_info: { network_id: external },
    ...(six ? { enable_ndp_proxy: true } : {}),
  });
  await examples.another('port', {
    network_id,
    device_id: router.id,
    device_owner: 'network:router_interface',
    fixed_ips: [{ subnet_id: subnet.id, ip_address: subnet.object['gateway_ip'] }],
  });
  const port = await examples.another('port', { network_id });
  const [first] = port.object['fixed_ips'] as { ip_address: string }[];
  return { router: router.id, port: port.id, ip: first?.ip_address ?? '' };
}

async function scopedAddresses(examples: Examples): Promise<Json> {
  const scope = await examples.another('address_scope', { ip_version: 6 });
  const pool = { prefixes: ['2001:db8::/48'], default_prefixlen: 64, address_scope_id: scope.id };
  return { cidr: undefined, subnetpool_id: (await examples.another('subnetpool', pool)).id };
}

/** Makes objects of every resource of the table. */
export function examplesOf(api: Api): Examples {
  const resources = new Map(networkingResources().map((resource) => [handleOf(resource), resource]));
  const ones = new Map<string, Promise<Example>>();
  let count = 0;
  outsideNetwork = undefined;
  roomyNetwork = undefined;
  routed.clear();

  const examples: Examples = {
    async body(name) {
      const recipe = BODIES[name];
      count++;
      if (recipe) return recipe(examples, count);
      const { attributes } = find(name);
      const required = Object.entries(attributes).filter(([, attribute]) => attribute.required);
      return Object.fromEntries(
        await Promise.all(required.map(async ([key, attribute]) => [key, await valueFor(attribute)] as const)),
      );
    },

    one(name) {
      const known = ones.get(name) ?? make(name);
      ones.set(name, known);
      return known;
    },

    async another(name, more = {}) {
      const resource = find(name);
      const collection = await collectionOf(resource);
      const object = { ...(await examples.body(name)), ...more };
      const answer = await api.call('POST', collection, { [resource.name]: object });
      assert.equal(answer.status, 201, `${name} ${JSON.stringify(object)}: ${JSON.stringify(answer.body)}`);
      const made = answer.body[resource.name];
      return { id: String(made.id), collection, object: made };
    },
  };

  async function make(name: string): Promise<Example> {
    const resource = find(name);
    const maker = MADE_BY[name];
    if (maker !== undefined) return { id: (await examples.one(maker)).id, collection: await collectionOf(resource) };
    if (can(resource, 'create')) return examples.another(name);
    return { id: randomUUID(), collection: await collectionOf(resource) };
  }

  async function collectionOf(resource: Resource): Promise<string> {
    const parentId = resource.parent === undefined ? '' : (await examples.one(handleOf(resource.parent.resource))).id;
    return `/v2.0/${pathOf(resource).replace(':parent_id', parentId)}`;
  }

  /** A value that the type of an attribute allows. */
  async function valueFor({ references, type }: Attribute): Promise<unknown> {
    if (references !== undefined) return (await examples.one(handleOf(references.resource))).id;
    const {
      enum: allowed,
      minimum,
      format,
      type: kind,
    } = type.schema as {
      enum?: unknown[];
      minimum?: number;
      format?: string;
      type?: string;
    };
    if (allowed !== undefined) return allowed[0];
    if (format === 'uuid') return randomUUID();
    return { integer: minimum ?? 1, boolean: true, array: [], object: {} }[kind ?? 'string'] ?? 'x';
  }

  function find(name: string): Resource {
    const resource = resources.get(name);
    if (resource === undefined) throw new Error(`there is no resource ${name}`);
    return resource;
  }

  return examples;
}
