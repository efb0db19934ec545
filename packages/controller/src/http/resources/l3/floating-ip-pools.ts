import type { Conditions } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import { cidr } from '../../resource/address-types.ts';
import type { Attribute, Resource } from '../../resource/definition.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { text, uuid } from '../../resource/value-types.ts';

const READERS: Conditions = ['owner', 'shared'];
const NOBODY: Conditions = [];

/** The subnets that floating IPs can come from; each caller sees them as its own project's. */
const ATTRIBUTES = {
  id: { ...IDENTITY.id, seen: 'never' },
  subnet_id: { type: uuid, filter: true, sort: true },
  subnet_name: { type: text(), filter: true, sort: true },
  network_id: { type: uuid, filter: true, sort: true },
  cidr: { type: cidr, filter: true },
  project_id: {
    type: text(),
    column: null,
    derive: { from: [], value: (_row, _selected, caller) => caller.projectId },
  },
} as const satisfies Record<string, Attribute>;

export const floatingIpPools: Resource = {
  name: 'floatingip_pool',
  collection: 'floatingip_pools',
  operations: ['list'],
  table: `(SELECT s.id, s.id AS subnet_id, s.name AS subnet_name, s.network_id, s.cidr::text AS cidr, n.project_id, n.shared_with, n.external_to
 FROM subnets s JOIN networks n ON n.id = s.network_id WHERE s.ip_version = 4 AND n.external_to <> '{}')`,
  notFound: (id) => new ApiError(404, 'HTTPNotFound', `Floating IP pool ${id} could not be found.`),
  access: { read: READERS, create: NOBODY, update: NOBODY, delete: NOBODY },
  facts: { sharedWith: '(t.shared_with || t.external_to)' },
  attributes: ATTRIBUTES,
};
