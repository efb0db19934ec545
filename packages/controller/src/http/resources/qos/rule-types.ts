import { isTrusted } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute } from '../../resource/definition.ts';
import { fieldsOf } from '../../resource/list-query.ts';
import { literal } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { bool } from '../../resource/value-types.ts';
import type { Route } from '../feature.ts';
import { RULE_KINDS } from './rule-kinds.ts';

/** What sets the rules; the field's name for it. */
const DRIVER = 'openvswitch';

const FILTERS = new Set(['all_supported', 'all_rules']);
const NOT_FILTERS = new Set(['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']);

/** /qos/rule-types: the types of rules there are, which is all of them, and who sets them. */
export const ruleTypeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'qos/rule-types',
    async run({ query }) {
      const unknown = [...new Set(query.keys())].filter((key) => !FILTERS.has(key) && !NOT_FILTERS.has(key));
      if (unknown.length > 0) throw badRequest(`${literal(unknown)} is invalid attribute for filtering`);
      // Everything there is, is supported: the filters leave nothing out.
      for (const name of FILTERS) for (const value of query.getAll(name)) bool.parse(value);
      return { status: 200, body: { rule_types: RULE_KINDS.map(({ type }) => only({ type }, fieldsOf(query))) } };
    },
  },
  {
    method: 'GET',
    path: 'qos/rule-types/:type',
    async run({ caller, params: { type = '' }, query }) {
      if (!isTrusted(caller)) throw new ApiError(403, 'NotAuthorized', 'Not authorized.');
      const kind = RULE_KINDS.find((one) => one.type === type);
      if (kind === undefined) throw new ApiError(404, 'HTTPNotFound', 'The resource could not be found.');
      const parameters = Object.entries(kind.parameters).map(([name, attribute]) => supported(name, attribute));
      const details = { type, drivers: [{ name: DRIVER, supported_parameters: parameters }] };
      return { status: 200, body: { rule_type: only(details, fieldsOf(query)) } };
    },
  },
];

function only(object: Readonly<Record<string, unknown>>, fields: readonly string[]) {
  if (fields.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => fields.includes(name)));
}

function supported(name: string, { type: { schema } }: Attribute) {
  const values = schema['enum'] ?? { start: schema['minimum'], end: schema['maximum'] };
  return {
    parameter_name: name,
    parameter_values: values,
    parameter_type: schema['enum'] === undefined ? 'range' : 'choices',
  };
}
