import type { NetloomClient } from '@netloom/api/client/connect';
import type { PlannedChange } from '@netloom/api/client/resources';
import { cliError } from '../cli-errors.ts';
import { KINDS, type Kind, referenceOf, SHORT } from './kinds.ts';
import { isEntries, type PlanStep, type Value } from './plan-file.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The API's changes for the lines of a file. Names become ids; throws PLAN_NAME where a name is nobody's or not only one's. */
export async function resolvePlan(
  steps: readonly PlanStep[],
  client: Pick<NetloomClient, 'find'>,
): Promise<PlannedChange[]> {
  /** References to what lines above make, by kind and name. */
  const made = new Map<string, string[]>();
  const changes: PlannedChange[] = [];
  for (const [i, step] of steps.entries()) {
    const { verb, kind, target, values } = step;
    const { path } = KINDS[kind];
    const body = { [kind]: await attributesOf(kind, values) };
    if (verb === 'create') {
      const as = `line_${i}`;
      changes.push({ method: 'POST', path: `/v2.0/${path}`, body, as });
      const name = values['name']?.data;
      if (typeof name === 'string') made.set(`${kind} ${name}`, [...(made.get(`${kind} ${name}`) ?? []), `$${as}`]);
    } else {
      const id = await idOf(kind, target ?? { place: step.place, data: null });
      const change = { path: `/v2.0/${path}/${id}` };
      changes.push(verb === 'update' ? { method: 'PUT', ...change, body } : { method: 'DELETE', ...change });
    }
  }
  return changes;

  async function attributesOf(kind: Kind, values: Readonly<Record<string, Value>>): Promise<Record<string, unknown>> {
    const attributes: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(values)) {
      const [attribute, named] = referenceOf(key) ?? [];
      if (kind === 'security_group_rule' && key === 'port') Object.assign(attributes, portRange(value));
      else if (attribute === undefined || named === undefined) attributes[SHORT[key] ?? key] = await plain(kind, value);
      else if (Array.isArray(value.data))
        attributes[attribute] = await Promise.all(value.data.map((each) => idOf(named, each)));
      else attributes[attribute] = value.data === null ? null : await idOf(named, value);
    }
    return attributes;
  }

  async function plain(kind: Kind, value: Value): Promise<unknown> {
    if (Array.isArray(value.data)) return Promise.all(value.data.map((each) => plain(kind, each)));
    return isEntries(value) ? attributesOf(kind, value.data) : value.data;
  }

  /** Of a name, an id, or (where objects have no names) of attributes that only one has. */
  async function idOf(kind: Kind, value: Value): Promise<string> {
    const { data, place } = value;
    if (typeof data === 'string' && UUID.test(data)) return data;
    const { path, plural } = KINDS[kind];
    if (isEntries(value)) {
      const wanted = await attributesOf(kind, value.data);
      const found = await client.find(path, plural, filtersOf(wanted));
      return only(
        found.map(({ id }) => id),
        { place, kind, name: JSON.stringify(wanted) },
      );
    }
    if (typeof data !== 'string' && typeof data !== 'number')
      throw cliError('PLAN_FILE', { place, reason: `the name or id of a ${kind} is wanted` });
    const name = String(data);
    const found = await client.find(path, plural, { name });
    return only([...found.map(({ id }) => id), ...(made.get(`${kind} ${name}`) ?? [])], { place, kind, name });
  }
}

function only(ids: readonly string[], { place, kind, name }: { place: string; kind: Kind; name: string }): string {
  const [id] = ids;
  if (id === undefined || ids.length > 1) throw cliError('PLAN_NAME', { place, count: ids.length, kind, name });
  return id;
}

function filtersOf(wanted: Readonly<Record<string, unknown>>): Record<string, string> {
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
  return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, text(value)]));
}

/** 443 or "8000-8100" */
function portRange({ data, place }: Value): { port_range_min: number; port_range_max: number } {
  const [, first, last = first] =
    /^(\d+)(?:-(\d+))?$/.exec(typeof data === 'number' ? `${data}` : typeof data === 'string' ? data : '') ?? [];
  if (first === undefined)
    throw cliError('PLAN_FILE', { place, reason: '"port" is a number or a range: 443, 8000-8100' });
  return { port_range_min: Number(first), port_range_max: Number(last) };
}
