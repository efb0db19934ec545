import assert from 'node:assert/strict';
import type { Api, Reply } from '../api-under-test.ts';

type Json = Record<string, unknown>;

/** "409 RouterInUse Router ... has ports still attached", or the status alone. */
export function told({ status, body }: Reply): string {
  return body?.NeutronError ? `${status} ${body.NeutronError.type} ${body.NeutronError.message}` : String(status);
}

/** A cloud with an external network, 198.51.100.0/24, and what project "blue" makes in it. */
export async function world(api: Api) {
  const make = async (kind: string, object: Json, as = 'blue') => {
    const reply = await api.call('POST', `/v2.0/${kind}s`, { [kind]: object }, { as });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return reply.body[kind];
  };
  const outside = await make('network', { name: 'outside', 'router:external': true }, 'admin');
  const outsideSubnet = await make(
    'subnet',
    { network_id: outside.id, ip_version: 4, cidr: '198.51.100.0/24', enable_dhcp: false },
    'admin',
  );
  return {
    outside,
    outsideSubnet,
    make,
    /** A network of blue with one subnet. */
    inside: async (cidr: string, more: Json = {}) => {
      const network = await make('network', {});
      const ip_version = cidr.includes(':') ? 6 : 4;
      return { network, subnet: await make('subnet', { network_id: network.id, ip_version, cidr, ...more }) };
    },
    put: (path: string, body: unknown, as = 'blue') => api.call('PUT', `/v2.0/${path}`, body, { as }),
    get: async (path: string, as = 'blue') => (await api.call('GET', `/v2.0/${path}`, undefined, { as })).body,
    post: (path: string, body: unknown, as = 'blue') => api.call('POST', `/v2.0/${path}`, body, { as }),
    remove: (path: string, as = 'blue') => api.call('DELETE', `/v2.0/${path}`, undefined, { as }),
    add: (router: string, body: Json, as = 'blue') =>
      api.call('PUT', `/v2.0/routers/${router}/add_router_interface`, body, { as }),
    part: (router: string, body: Json, as = 'blue') =>
      api.call('PUT', `/v2.0/routers/${router}/remove_router_interface`, body, { as }),
  };
}
