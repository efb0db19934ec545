import { ipAddress } from '../../resource/address-types.ts';
import type { Resource } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { choice, nullable, text } from '../../resource/value-types.ts';
import { passwordRequired, peerNotAuthenticated, peerNotFound } from './bgp-errors.ts';
import { asNumber, BGP_ACCESS } from './bgp-speakers.ts';

/** BGP peers: routers outside that speakers announce routes to. */
export const bgpPeers: Resource = {
  name: 'bgp_peer',
  collection: 'bgp_peers',
  path: 'bgp-peers',
  table: 'bgp_peers',
  notFound: peerNotFound,
  access: BGP_ACCESS,
  attributes: {
    ...IDENTITY,
    peer_ip: {
      type: ipAddress,
      create: true,
      required: true,
      select: 'host(t.peer_ip)',
      filter: true,
      sort: true,
    },
    remote_as: { type: asNumber, create: true, required: true, filter: true, sort: true },
    auth_type: { type: choice('none', 'md5'), create: true, required: true, filter: true, sort: true },
    password: { type: nullable(text()), create: true, update: true, default: null, seen: 'never' },
  },
  rules: {
    async beforeCreate(items) {
      for (const item of items) if (item['auth_type'] === 'md5' && !item['password']) throw passwordRequired();
    },
    async beforeUpdate(old, { password }) {
      if (typeof password === 'string' && old['auth_type'] === 'none') throw peerNotAuthenticated(String(old['id']));
      if (password !== undefined && !password && old['auth_type'] === 'md5') throw passwordRequired();
    },
  },
};
