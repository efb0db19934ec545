import { type AccessRules, ADMIN_ONLY } from '../../access.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { bool, canonicalUuid, choice, integer, produced } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { speakerNotFound } from './bgp-errors.ts';
import { speakerActions } from './speaker-actions.ts';

/** Of four bytes (RFC 6793). */
export const asNumber = integer(1, 4_294_967_295);

export const BGP_ACCESS: AccessRules = {
  read: ADMIN_ONLY,
  create: ADMIN_ONLY,
  update: ADMIN_ONLY,
  delete: ADMIN_ONLY,
};

const ADVERTISE: Attribute = { type: bool, create: true, update: true, default: true, filter: true, sort: true };

/** BGP speakers: what announces routes to floating IPs and to networks of projects to peers outside. */
export function bgpSpeakers(base: Built): Resource {
  return {
    name: 'bgp_speaker',
    collection: 'bgp_speakers',
    path: 'bgp-speakers',
    table: 'bgp_speakers',
    notFound: speakerNotFound,
    access: BGP_ACCESS,
    attributes: {
      ...IDENTITY,
      local_as: { type: asNumber, create: true, required: true, filter: true, sort: true },
      ip_version: { type: choice(4, 6), create: true, required: true, filter: true, sort: true },
      peers: bound('bgp_speaker_peers', 'bgp_peer_id'),
      networks: bound('bgp_speaker_networks', 'network_id'),
      advertise_floating_ip_host_routes: ADVERTISE,
      advertise_tenant_networks: ADVERTISE,
    },
    actions: speakerActions(base),
  };
}

/** The ids of what is bound to a speaker. */
function bound(table: string, column: string): Attribute {
  return {
    type: produced({ type: 'array', items: { type: 'string', format: 'uuid' } }),
    column: null,
    select: `(SELECT coalesce(jsonb_agg(b.${column} ORDER BY b.${column}), '[]') FROM ${table} b WHERE b.bgp_speaker_id = t.id)`,
    filter(values, bind) {
      const ids = values.map(canonicalUuid).filter((id) => id !== undefined);
      return `t.id IN (SELECT b.bgp_speaker_id FROM ${table} b WHERE b.${column} = ANY(${bind(ids)}::uuid[]))`;
    },
  };
}
