import { ApiError } from '../../api-error.ts';
import type { MemberAction, RuleContext, Values } from '../../resource/definition.ts';
import { fieldsOf } from '../../resource/list-query.ts';
import { badRequest } from '../../resource/request-body.ts';
import { selectAll, viewFor } from '../../resource/selection.ts';
import { parseAttribute } from '../../resource/validate.ts';
import { InvalidValue, invalidInput, isObject } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { carry } from './carry.ts';
import { checkSubPorts, type SubPort } from './check-sub-ports.ts';
import { subPorts, type WantedSubPort } from './sub-ports-type.ts';
import { subPortNotFound, trunkDisabled } from './trunk-errors.ts';
import { readTrunkPorts } from './trunk-ports.ts';

/** Ports are put on a trunk and taken off it by name; the answer is the whole trunk, unwrapped. */
export function subPortActions(base: Built): readonly MemberAction[] {
  return [
    {
      method: 'GET',
      path: 'get_subports',
      rule: 'get_subports',
      conditions: ['owner'],
      async run({ object, query }) {
        const fields = fieldsOf(query);
        return fields.length === 0 || fields.includes('sub_ports') ? { sub_ports: object['sub_ports'] } : {};
      },
    },
    {
      method: 'PUT',
      path: 'add_subports',
      rule: 'add_subports',
      conditions: ['owner'],
      async run({ object, body }, context) {
        const wanted = subPortsOf(body);
        refuseDisabled(object);
        const id = String(object['id']);
        const parentId = String(object['port_id']);
        const ids = [parentId, ...wanted.map((one) => one.port_id)];
        const ports = await readTrunkPorts(context.tx, base, { ids, caller: context.caller });
        const parent = ports.get(parentId);
        if (parent === undefined) throw base.get('port').notFound(parentId);
        const carries = object['sub_ports'] as readonly SubPort[];
        await carry(context.tx, id, checkSubPorts(wanted, { id, parent, ports, carries }));
        return changed(base, id, context);
      },
    },
    {
      method: 'PUT',
      path: 'remove_subports',
      rule: 'remove_subports',
      conditions: ['owner'],
      async run({ object, body }, context) {
        refuseDisabled(object);
        const wanted = subPortsOf(body);
        const id = String(object['id']);
        const carried = new Set((object['sub_ports'] as readonly SubPort[]).map((one) => one.port_id));
        const missing = wanted.find((one) => !carried.has(one.port_id));
        if (missing !== undefined) throw subPortNotFound(id, missing.port_id);
        await context.tx.query('DELETE FROM sub_ports WHERE trunk_id = $1 AND port_id = ANY($2::uuid[])', [
          id,
          wanted.map((one) => one.port_id),
        ]);
        return changed(base, id, context);
      },
    },
  ];
}

function subPortsOf(body: unknown): readonly WantedSubPort[] {
  if (!isObject(body) || !Object.hasOwn(body, 'sub_ports'))
    throw badRequest("Unable to find 'sub_ports' in request body");
  try {
    return parseAttribute('sub_ports', { type: subPorts }, body['sub_ports']) as readonly WantedSubPort[];
  } catch (error) {
    // Of an action's body the field's server names no attribute.
    const fault = error instanceof ApiError ? error.cause : undefined;
    throw fault instanceof InvalidValue ? invalidInput(fault.message) : error;
  }
}

function refuseDisabled(trunk: Values): void {
  if (trunk['admin_state_up'] !== true) throw trunkDisabled(String(trunk['id']));
}

/** What hosts said of it counts no more; gives it as the caller sees it. */
async function changed(base: Built, id: string, { tx, caller }: RuleContext): Promise<Values> {
  const trunk = base.get('trunk');
  const [row = {}] = await tx.query<Values>(
    `UPDATE trunks t SET status = 'DOWN', updated_at = now(), revision_number = revision_number + 1 WHERE id = $1
 RETURNING ${selectAll(trunk)}`,
    [id],
  );
  return viewFor(trunk, caller).show(row);
}
