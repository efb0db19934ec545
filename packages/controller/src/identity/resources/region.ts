import { IdentityError } from '../identity-error.ts';
import type { ResourceKind } from './resource-kind.ts';

export const REGION: ResourceKind = {
  one: 'region',
  many: 'regions',
  table: 'identity_regions',
  chosenId: true,
  publicToUsers: true,
  attributes: {
    description: { type: 'string', default: '' },
    parent_region_id: { type: 'string', nullable: true, default: null, filter: true, references: 'region' },
  },
  async beforeRemove({ id }, tx) {
    const used = await tx.query(
      `SELECT 1 FROM identity_endpoints WHERE region_id = $1
        UNION ALL SELECT 1 FROM identity_regions WHERE parent_region_id = $1 LIMIT 1`,
      [id],
    );
    if (used.length > 0) {
      const reason = `Unable to delete region ${id} because it or its child regions have associated endpoints.`;
      throw new IdentityError(403, reason);
    }
  },
};
