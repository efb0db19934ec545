import { elevated } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { bool, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { carry } from './carry.ts';
import { checkSubPorts, type SubPort } from './check-sub-ports.ts';
import { subPortActions } from './sub-port-actions.ts';
import { subPorts, type WantedSubPort } from './sub-ports-type.ts';
import { parentPortInUse, trunkDisabled, trunkInUse, trunkPortInUse } from './trunk-errors.ts';
import { canBecomeTrunk, readTrunkPorts } from './trunk-ports.ts';

type TrunkValues = Values & {
  id: string;
  port_id: string;
  /** As wished while a trunk is made, as carried before and after. */
  sub_ports: readonly (WantedSubPort | SubPort)[];
  admin_state_up: boolean;
};

/** SQL for what the trunk `t` carries, a JSON list. */
const CARRIES = `(SELECT coalesce(jsonb_agg(jsonb_build_object('port_id', s.port_id, 'segmentation_type', s.segmentation_type,
 'segmentation_id', s.segmentation_id) ORDER BY s.place), '[]') FROM sub_ports s WHERE s.trunk_id = t.id)`;

/** Trunks: a port that carries others, each by a segment of its own. No host makes one yet, so each says DOWN. */
export function trunks(base: Built): Resource<TrunkValues> {
  return {
    name: 'trunk',
    collection: 'trunks',
    table: 'trunks',
    quota: 'trunk',
    notFound: (id) => new ApiError(404, 'TrunkNotFound', `Trunk ${id} could not be found.`),
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      admin_state_up: { type: bool, create: true, update: true, default: true, filter: true, sort: true },
      ...IDENTITY,
      port_id: { type: uuid, create: true, required: true, filter: true, sort: true },
      status: { type: text(), sort: true },
      sub_ports: { type: subPorts, create: true, default: [], column: null, select: CARRIES },
      ...STANDARD,
    },
    actions: subPortActions(base),
    conflicts: {
      trunks_port_key: ({ key }) => parentPortInUse(key[0] ?? ''),
      trunks_port_id_fkey: ({ key }) => base.get('port').notFound(key[0] ?? ''),
      sub_ports_pkey: ({ key }) => trunkPortInUse(key[0] ?? ''),
      sub_ports_port_id_fkey: ({ key }) => base.get('port').notFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) await checkTrunk(base, item, context);
      },
      async afterCreate(_made, context) {
        for (const { id, sub_ports: carried } of context.items as readonly TrunkValues[]) {
          if (carried.length === 0) continue;
          await carry(context.tx, id, carried as readonly SubPort[]);
          context.reread();
        }
      },
      beforeDelete: oneByOne(async (old, { tx, caller }) => {
        if (!old.admin_state_up) throw trunkDisabled(old.id);
        const ports = await readTrunkPorts(tx, base, { ids: [old.port_id], caller: elevated(caller) });
        const parent = ports.get(old.port_id);
        if (parent !== undefined && !canBecomeTrunk(parent)) throw trunkInUse(old.id);
      }),
    },
  };
}

async function checkTrunk(base: Built, item: TrunkValues, { tx, caller }: RuleContext): Promise<void> {
  const ids = [item.port_id, ...item.sub_ports.map((one) => one.port_id)];
  const ports = await readTrunkPorts(tx, base, { ids, caller });
  const parent = ports.get(item.port_id);
  if (parent === undefined) throw base.get('port').notFound(item.port_id);
  if (parent.carriedBy !== null) throw trunkPortInUse(parent.id);
  if (parent.parentOf !== null || !canBecomeTrunk(parent)) throw parentPortInUse(parent.id);
  item.sub_ports = checkSubPorts(item.sub_ports, { id: item.id, parent, ports, carries: [] });
}
