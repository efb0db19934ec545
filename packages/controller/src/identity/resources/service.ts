import type { ResourceKind } from './resource-kind.ts';

export const SERVICE: ResourceKind = {
  one: 'service',
  many: 'services',
  table: 'identity_services',
  attributes: {
    type: { type: 'string', maxLength: 255, required: true, filter: true },
    name: { type: 'string', default: '', filter: true },
    enabled: { type: 'boolean', default: true },
  },
};
