import type { Queryable } from '../../../store/store.ts';
import type { Conditions } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute, Resource, Values } from '../../resource/definition.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { literal } from '../../resource/python-text.ts';
import { IDENTITY } from '../../resource/standard-attributes.ts';
import { integer, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { badRequestFor } from './l3-errors.ts';
import { FORWARDED_PROTOCOLS } from './port-forwardings.ts';
import { LAST_PORT } from './port-range-type.ts';

type HelperValues = Values & { id: string; router_id: string; protocol: string; port: number; helper: string };

const OWNER: Conditions = ['owner'];
const LONGEST_NAME = 64;

/** The kernel's helpers, each with the protocols it understands. */
const HELPERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['amanda', ['tcp']],
  ['ftp', ['tcp']],
  ['h323', ['udp', 'tcp']],
  ['irc', ['tcp']],
  ['netbios-ns', ['udp']],
  ['pptp', ['tcp']],
  ['sane', ['tcp']],
  ['sip', ['udp', 'tcp']],
  ['snmp', ['udp']],
  ['tftp', ['udp']],
]);

/** Protocols of which a router is to follow the inner connections. */
export function conntrackHelpers(base: Built): Resource<HelperValues> {
  const attributes = {
    id: IDENTITY.id,
    project_id: { type: text(), create: true, column: null, seen: 'never' },
    router_id: { type: uuid, seen: 'never', references: { resource: base.get('router') } },
    protocol: { type: FORWARDED_PROTOCOLS, create: true, required: true, update: true, filter: true, sort: true },
    port: { type: integer(1, LAST_PORT), create: true, required: true, update: true, filter: true, sort: true },
    helper: { type: text(LONGEST_NAME), create: true, required: true, update: true, filter: true, sort: true },
  } as const satisfies Record<string, Attribute>;
  return {
    name: 'conntrack_helper',
    collection: 'conntrack_helpers',
    table: 'conntrack_helpers',
    parent: { resource: base.get('router'), attribute: 'router_id' },
    notFound: (id) => new ApiError(404, 'ConntrackHelperNotFound', `Conntrack Helper ${id} could not be found.`),
    access: { read: OWNER, create: OWNER, update: OWNER, delete: OWNER },
    attributes,
    conflicts: {
      conntrack_helpers_key: ({ key }) => {
        const [router_id, protocol, port, helper] = key;
        const values = literal({ router_id, protocol, port: Number(port), helper });
        return badRequestFor(
          'conntrack_helper',
          `A duplicate conntrack helper entry with same attributes already exists, conflicting values are ${values}`,
        );
      },
    },
    rules: {
      async beforeCreate(items, { tx }) {
        for (const item of items) {
          checkHelper(item);
          await touch(tx, item.router_id);
        }
      },
      async beforeUpdate(old, changes, { tx }) {
        checkHelper({ ...old, ...changes });
        await touch(tx, old.router_id);
      },
      beforeDelete: oneByOne((old, { tx }) => touch(tx, old.router_id)),
    },
  };
}

function checkHelper({ helper, protocol }: HelperValues): void {
  const protocols = HELPERS.get(helper);
  if (protocols === undefined) {
    throw new ApiError(400, 'ConntrackHelperNotAllowed', `Conntrack Helper ${helper} is not allowed.`);
  }
  if (protocols.includes(protocol)) return;
  throw new ApiError(
    400,
    'InvalidProtocolForHelper',
    `Conntrack Helper ${helper} does not support: ${protocol}. Supported protocols are: ${protocols.join(', ')}`,
  );
}

/** Its helpers are shown with a router: its revision moves on with them. */
async function touch(tx: Queryable, routerId: string): Promise<void> {
  await tx.query('UPDATE routers SET updated_at = now(), revision_number = revision_number + 1 WHERE id = $1', [
    routerId,
  ]);
}
