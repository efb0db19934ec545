import type { Queryable } from '../../../store/store.ts';
import { ADMIN_ONLY } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import { REDRAW, type Values } from '../../resource/definition.ts';
import { bool } from '../../resource/value-types.ts';
import type { Mixin } from '../feature.ts';

/** Marks networks that were just made: the field's server shows `is_default` of all of those, else only of external ones. */
const MADE = Symbol('made');

/** The one external network that auto-allocated topologies lead to. */
export const defaultNetwork: Mixin = {
  attributes: {
    is_default: {
      type: bool,
      create: ADMIN_ONLY,
      update: ADMIN_ONLY,
      default: false,
      filter: true,
      derive: {
        from: ['router:external'],
        value: (row, isDefault) =>
          row['router:external'] === true || Object.hasOwn(row, MADE) ? isDefault : undefined,
      },
    },
  },
  // Somebody else was faster: the rules, run again, find it.
  conflicts: { networks_default_key: () => REDRAW },
  rules: {
    async beforeCreate(items: readonly Values[], { tx }) {
      for (const item of items) {
        if (item['is_default'] === true && item['router:external'] !== true) item['is_default'] = false;
        if (item['is_default'] === true) await refuseSecond(tx, item['id']);
      }
    },
    async afterCreate(made: readonly Values[]) {
      for (const network of made) Object.assign(network, { [MADE]: true });
    },
    async beforeUpdate(old: Values, changes: Values, { tx }) {
      const external = changes['router:external'] ?? old['router:external'];
      if (external !== true && (old['is_default'] === true || changes['is_default'] === true))
        changes['is_default'] = false;
      if (changes['is_default'] === true && old['is_default'] !== true) await refuseSecond(tx, old['id']);
    },
  },
};

async function refuseSecond(tx: Queryable, id: unknown): Promise<void> {
  const other = await defaultNetworkId(tx);
  if (other === undefined || other === id) return;
  throw new ApiError(409, 'DefaultExternalNetworkExists', `A default external network already exists: ${other}.`);
}

export async function defaultNetworkId(tx: Queryable): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>('SELECT id FROM networks WHERE is_default');
  return row?.id;
}
