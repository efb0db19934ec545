import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import type {
  ActionTarget,
  Attribute,
  Conflict,
  MemberAction,
  Resource,
  RuleContext,
  Values,
} from '../../resource/definition.ts';
import { literal } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { viewFor } from '../../resource/selection.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { parseAttribute } from '../../resource/validate.ts';
import { isObject } from '../../resource/value-types.ts';
import { addressList } from './address-list-type.ts';
import { addressGroupNotFound } from './security-group-errors.ts';

type AddressGroupValues = Values & { id: string; addresses: readonly string[] };

const OWNER = ['owner'] as const;

const ADDRESSES: Attribute = {
  type: addressList,
  create: true,
  default: [],
  column: null,
  select:
    'ARRAY(SELECT a.address::text FROM address_group_addresses a WHERE a.address_group_id = t.id ORDER BY a.address)',
};

/** Lists of prefixes that rules can name; `self` is the whole resource, for the answers of its actions. */
export function addressGroups(self: Resource): Resource<AddressGroupValues> {
  return {
    name: 'address_group',
    collection: 'address_groups',
    path: 'address-groups',
    table: 'address_groups',
    rbac: 'address_group',
    notFound: addressGroupNotFound,
    access: { read: ['owner', 'shared'], create: OWNER, update: OWNER, delete: OWNER },
    attributes: {
      ...IDENTITY,
      addresses: ADDRESSES,
      description: STANDARD.description,
    },
    conflicts: {
      security_group_rules_remote_address_group_id_fkey: inUse,
      default_security_group_rules_remote_address_group_id_fkey: inUse,
    },
    actions: [
      action(self, 'add_addresses', async (tx, { id, old, given }) => {
        const there = given.filter((address) => old.has(address));
        if (there.length > 0) throw alreadyThere(id, there);
        await insertAddresses(tx, [{ id, addresses: given }]);
      }),
      action(self, 'remove_addresses', async (tx, { id, old, given }) => {
        const absent = given.filter((address) => !old.has(address));
        if (absent.length > 0) throw notThere(id, absent);
        await tx.query(
          'DELETE FROM address_group_addresses WHERE address_group_id = $1 AND address = ANY($2::cidr[])',
          [id, given],
        );
      }),
    ],
    rules: {
      async afterCreate(_made, context) {
        await insertAddresses(context.tx, context.items as readonly AddressGroupValues[]);
        context.reread();
      },
    },
  };
}

interface Addresses {
  readonly id: string;
  readonly addresses: readonly string[];
}

async function insertAddresses(tx: Queryable, groups: readonly Addresses[]): Promise<void> {
  const rows = groups.flatMap(({ id, addresses }) => addresses.map((address) => ({ address_group_id: id, address })));
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO address_group_addresses (address_group_id, address)
 SELECT address_group_id, address FROM jsonb_populate_recordset(NULL::address_group_addresses, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}

interface Given {
  readonly id: string;
  readonly old: ReadonlySet<string>;
  readonly given: readonly string[];
}

/** PUT /address-groups/ID/add_addresses {"addresses": [...]} and its counterpart; the answer is the whole group. */
function action(
  resource: Resource,
  name: string,
  change: (tx: Queryable, given: Given) => Promise<void>,
): MemberAction {
  return {
    method: 'PUT',
    path: name,
    rule: name,
    conditions: OWNER,
    async run({ object, body }: ActionTarget, { tx, caller }: RuleContext) {
      const group = object as AddressGroupValues;
      await change(tx, { id: group.id, old: new Set(group.addresses), given: givenAddresses(body) });
      const [row] = await tx.query<{ addresses: string[] }>(
        `WITH touched AS (UPDATE address_groups SET updated_at = now(), revision_number = revision_number + 1 WHERE id = $1)
 SELECT ARRAY(SELECT address::text FROM address_group_addresses WHERE address_group_id = $1 ORDER BY address) AS addresses`,
        [group.id],
      );
      return { [resource.name]: viewFor(resource, caller).show({ ...object, ...row }) };
    },
  };
}

/** Throws 400. */
function givenAddresses(body: unknown): readonly string[] {
  if (!isObject(body) || !Object.hasOwn(body, 'addresses')) {
    throw badRequest("Unable to find 'addresses' in request body");
  }
  return parseAttribute('addresses', ADDRESSES, body['addresses']) as readonly string[];
}

function inUse({ key }: Conflict): ApiError {
  const text = `Address group ${key[0] ?? ''} is in use on one or more security group rules.`;
  return new ApiError(409, 'AddressGroupInUse', text);
}

function alreadyThere(id: string, addresses: readonly string[]): ApiError {
  const text = `Addresses ${literal(addresses)} already exist in the address group ${id}.`;
  return new ApiError(400, 'AddressesAlreadyExist', text);
}

function notThere(id: string, addresses: readonly string[]): ApiError {
  const text = `Addresses ${literal(addresses)} not found in the address group ${id}.`;
  return new ApiError(404, 'AddressesNotFound', text);
}
