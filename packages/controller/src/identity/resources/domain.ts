import { IdentityError } from '../identity-error.ts';
import type { ResourceKind } from './resource-kind.ts';

export const DOMAIN: ResourceKind = {
  one: 'domain',
  many: 'domains',
  table: 'identity_domains',
  protectable: true,
  attributes: {
    name: { type: 'string', maxLength: 64, required: true, filter: true },
    description: { type: 'string', nullable: true, default: '' },
    enabled: { type: 'boolean', default: true, filter: true },
    tags: { type: 'tags', default: [] },
    options: { type: 'object', default: {} },
  },
  async beforeRemove({ enabled }) {
    if (enabled) throw new IdentityError(403, 'Cannot delete a domain that is enabled, please disable it first.');
  },
};
