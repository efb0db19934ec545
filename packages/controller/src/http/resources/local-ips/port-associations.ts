import { ipAddress } from '../../resource/address-types.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { fieldsOf } from '../../resource/list-query.ts';
import { notThere } from '../../resource/not-there.ts';
import { remover } from '../../resource/remove.ts';
import { show } from '../../resource/show.ts';
import { canonicalUuid, nullable, text, uuid } from '../../resource/value-types.ts';
import type { Built, Route, RouteRequest } from '../feature.ts';
import { fixedIpOf, readPort } from './fixed-ip-of.ts';
import { associatedAlready, associationNotFound, badLocalIp } from './local-ip-errors.ts';

/** /local-ips/ID/port_associations: the ports that a local IP stands for, each known by the id of the port. */
export function portAssociations(base: Built): Resource {
  const localIp = base.get('local_ip');
  return {
    name: 'port_association',
    collection: 'port_associations',
    parent: { resource: localIp, attribute: 'local_ip_id' },
    operations: ['list', 'create'],
    table: 'local_ip_associations',
    notFound: (portId, localIpId = '') => associationNotFound(localIpId, portId),
    access: { read: ['owner'], create: ['owner'], update: [], delete: ['owner'] },
    attributes: {
      id: { type: uuid, seen: 'never', sort: true },
      local_ip_id: { type: uuid, references: { resource: localIp, lock: true } },
      local_ip_address: {
        type: ipAddress,
        column: null,
        select: '(SELECT host(l.local_ip_address) FROM local_ips l WHERE l.id = t.local_ip_id)',
      },
      fixed_port_id: { type: uuid, create: true, required: true, filter: true, sort: true },
      fixed_ip: {
        type: nullable(ipAddress),
        create: true,
        default: null,
        select: 'host(t.fixed_ip)',
        filter: true,
        sort: true,
      },
      host: {
        type: text(),
        column: null,
        select: '(SELECT p.host FROM ports p WHERE p.id = t.fixed_port_id)',
        filter: true,
        sort: true,
      },
      // Clients may say whose it is; it is its local IP's project's.
      project_id: { type: text(), create: true, seen: 'never', column: null },
    },
    conflicts: {
      local_ip_associations_key: ({ key }) => associatedAlready(key[0] ?? '', key[1] ?? ''),
      local_ip_associations_port_fkey: ({ key }) => portNotFound(key[0] ?? ''),
    },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) await associate(base, item, context);
      },
    },
  };
}

async function associate(base: Built, item: Values, { tx, caller }: RuleContext): Promise<void> {
  const id = String(item['fixed_port_id']);
  const port = await readPort(tx, base.get('port'), { id, caller });
  if (port === undefined) throw portNotFound(id);
  item['fixed_ip'] = fixedIpOf(port, item['fixed_ip'] as string | null);
}

function portNotFound(id: string) {
  return badLocalIp('local_ip_port_association', `Port ${id} not found`);
}

/** One association, by its port. */
export function portAssociationRoutes(base: Built): readonly Route[] {
  const path = 'local-ips/:parent_id/port_associations/:id';
  return [
    {
      method: 'GET',
      path,
      async run(request) {
        const { store, query, caller } = request;
        return show(store, base.get('port_association'), {
          ...(await find(base, request)),
          fields: fieldsOf(query),
          caller,
        });
      },
    },
    {
      method: 'DELETE',
      path,
      async run(request) {
        const { store, caller } = request;
        return remover(store, base.get('port_association'))({ ...(await find(base, request)), caller });
      },
    },
  ];
}

async function find(base: Built, { store, caller, params }: RouteRequest) {
  const { parent_id: given = '', id = '' } = params;
  const [parentId, portId] = [canonicalUuid(given) ?? given, canonicalUuid(id)];
  const [row] = await store.query<{ id: string }>(
    'SELECT id FROM local_ip_associations WHERE local_ip_id = $1 AND fixed_port_id = $2',
    [canonicalUuid(given), portId],
  );
  if (row !== undefined) return { id: row.id, parentId };
  throw await notThere(store, base.get('port_association'), { id, parentId, caller });
}
