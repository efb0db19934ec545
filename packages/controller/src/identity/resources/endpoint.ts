import type { ResourceKind } from './resource-kind.ts';

/** `region` is an older name of `region_id`, which clients still send; a region named there first is made. */
export const ENDPOINT: ResourceKind = {
  one: 'endpoint',
  many: 'endpoints',
  table: 'identity_endpoints',
  attributes: {
    service_id: { type: 'string', required: true, filter: true, references: 'service' },
    interface: { type: 'string', required: true, filter: true, oneOf: ['public', 'internal', 'admin'] },
    region_id: { type: 'string', nullable: true, filter: true, references: 'region' },
    region: { type: 'string', nullable: true, hidden: true },
    url: { type: 'string', required: true, maxLength: 225, matches: /^[A-Za-z0-9+.-]+:.+/ },
    enabled: { type: 'boolean', default: true, filter: true },
  },
  toColumns: ({ region, ...columns }) => ({
    columns: typeof region === 'string' ? { region_id: region, ...columns } : columns,
  }),
  async beforeStore({ region }, tx) {
    if (typeof region !== 'string') return;
    await tx.query('INSERT INTO identity_regions (id) VALUES ($1) ON CONFLICT DO NOTHING', [region]);
  },
  show: ({ region_id }) => ({ region: region_id }),
};
