import { ADMIN_ONLY, type FactColumns } from '../../access.ts';
import type { Attribute } from '../../resource/definition.ts';
import { bool } from '../../resource/value-types.ts';

/** Firewall objects are shared with all or with nobody; only admins decide. */
export const SHARED_FLAG: Attribute = {
  type: bool,
  create: ADMIN_ONLY,
  update: ADMIN_ONLY,
  default: false,
  filter: true,
  sort: true,
};

export const SHARED_FACTS: Partial<FactColumns> = {
  sharedWith: `CASE WHEN t.shared THEN ARRAY['*'] ELSE '{}'::text[] END`,
};
