import { isTrusted } from '../../access.ts';
import { ApiError } from '../../api-error.ts';
import type { Attribute } from '../../resource/definition.ts';
import { fieldsOf } from '../../resource/list-query.ts';
import { literal } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { bool } from '../../resource/value-types.ts';
import type { Route } from '../feature.ts';
import { readDrivers } from './read-drivers.ts';
import { RULE_KINDS } from './rule-kinds.ts';

const FILTERS = new Set(['all_supported', 'all_rules']);
const NOT_FILTERS = new Set(['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']);

/** /qos/rule-types: the types of rules that the drivers of the hosts enforce, and which of them do. */
export const ruleTypeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'qos/rule-types',
    async run({ query, store }) {
      const unknown = [...new Set(query.keys())].filter((key) => !FILTERS.has(key) && !NOT_FILTERS.has(key));
      if (unknown.length > 0) throw badRequest(`${literal(unknown)} is invalid attribute for filtering`);
      const asks = (filter: string) =>
        query
          .getAll(filter)
          .map((value) => bool.parse(value))
          .includes(true);
      const [everything, byAny] = [asks('all_rules'), asks('all_supported')];
      const drivers = [...(await readDrivers(store)).values()];
      const shown = RULE_KINDS.filter(({ type }) => {
        if (everything) return true;
        if (byAny) return drivers.some((enforced) => enforced.has(type));
        return drivers.length > 0 && drivers.every((enforced) => enforced.has(type));
      });
      return { status: 200, body: { rule_types: shown.map(({ type }) => only({ type }, fieldsOf(query))) } };
    },
  },
  {
    method: 'GET',
    path: 'qos/rule-types/:type',
    async run({ caller, params: { type = '' }, query, store }) {
      if (!isTrusted(caller)) throw new ApiError(403, 'NotAuthorized', 'Not authorized.');
      const kind = RULE_KINDS.find((one) => one.type === type);
      if (kind === undefined) throw new ApiError(404, 'HTTPNotFound', 'The resource could not be found.');
      const supported_parameters = Object.entries(kind.parameters).map(([name, attribute]) =>
        supported(name, attribute),
      );
      const drivers = [...(await readDrivers(store))].filter(([, enforced]) => enforced.has(type));
      const details = { type, drivers: drivers.map(([name]) => ({ name, supported_parameters })) };
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
