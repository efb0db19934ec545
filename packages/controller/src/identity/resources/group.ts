import type { ResourceKind } from './resource-kind.ts';

export const GROUP: ResourceKind = {
  one: 'group',
  many: 'groups',
  table: 'identity_groups',
  attributes: {
    name: { type: 'string', maxLength: 64, required: true, filter: true },
    domain_id: { type: 'string', fixed: true, filter: true, references: 'domain' },
    description: { type: 'string', nullable: true, default: '' },
  },
};
