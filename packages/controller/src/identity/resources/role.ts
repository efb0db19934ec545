import type { ResourceKind } from './resource-kind.ts';

export const ROLE: ResourceKind = {
  one: 'role',
  many: 'roles',
  table: 'identity_roles',
  protectable: true,
  attributes: {
    name: { type: 'string', maxLength: 255, required: true, filter: true },
    domain_id: { type: 'string', fixed: true, nullable: true, default: null, filter: true, references: 'domain' },
    description: { type: 'string', nullable: true, default: null },
    options: { type: 'object', default: {} },
  },
};
