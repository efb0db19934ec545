import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { cliError } from '../cli-errors.ts';
import { KINDS, type Kind } from './kinds.ts';

/** One line of a plan's file. */
export interface PlanStep {
  readonly verb: 'create' | 'update' | 'delete';
  readonly kind: Kind;
  /** Id, name, or what tells an object from the others; of what is to be updated or deleted. */
  readonly target: Value | undefined;
  readonly values: Readonly<Record<string, Value>>;
  /** "plan.yaml:3:5" */
  readonly place: string;
}

/** A value of the file and where it stands. */
export interface Value {
  readonly place: string;
  readonly data: string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
}

const HEADING = /^(create|update|delete)\s+([a-z_]+)(?:\s+(\S+))?$/;

/**
 * Reads a file of changes: `changes:` with items such as `create port: { name: web-3, network: blue }`,
 * `update port web-3: { security_groups: [web] }` and `delete port: web-3`. Throws PLAN_FILE.
 */
export function parsePlanFile(text: string, file: string): PlanStep[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const placeOf = (node: Node | null | undefined): string => placeAt(node?.range?.[0] ?? 0);
  const wrong = (place: string, reason: string): Error => cliError('PLAN_FILE', { place, reason });
  const [error] = document.errors;
  if (error !== undefined) throw wrong(placeAt(error.pos[0]), error.message.split(/ at line \d+/)[0] ?? error.message);

  const root = document.contents;
  if (!isMap(root)) throw wrong(placeOf(root), 'a mapping with "changes:" is wanted');
  for (const { key } of root.items) {
    if (!(isScalar(key) && key.value === 'changes'))
      throw wrong(placeOf(key as Node), `"${String(key)}" is not known here`);
  }
  const list = root.get('changes', true) as Node | undefined;
  if (!isSeq(list)) throw wrong(placeOf(list ?? root), '"changes" is a list');
  return list.items.map((item) => stepOf(item as Node));

  function stepOf(item: Node): PlanStep {
    const pair = isMap(item) && item.items.length === 1 ? (item.items[0] as Pair<Node, Node | null>) : undefined;
    const [, verb, name = '', target] = HEADING.exec(String(isScalar(pair?.key) ? pair.key.value : '')) ?? [];
    const place = placeOf(pair?.key ?? item);
    if (pair === undefined || verb === undefined)
      throw wrong(place, 'one of "create KIND: {...}", "update KIND NAME: {...}" and "delete KIND: NAME" is wanted');
    const kind = Object.hasOwn(KINDS, name) ? (name as Kind) : undefined;
    if (kind === undefined) throw wrong(place, `"${name}" is no kind; kinds are ${Object.keys(KINDS).join(', ')}`);
    const value = readValue(pair.value);
    const step = { verb: verb as PlanStep['verb'], kind, place };
    if (verb === 'delete') {
      if (target !== undefined || value.data === null) throw wrong(place, `write "delete ${kind}: NAME"`);
      return { ...step, target: value, values: {} };
    }
    if ((verb === 'update') !== (target !== undefined))
      throw wrong(place, verb === 'update' ? `write "update ${kind} NAME: {...}"` : `write "create ${kind}: {...}"`);
    if (!isEntries(value)) throw wrong(value.place, 'attributes are wanted: { name: web }');
    return { ...step, target: target === undefined ? undefined : { place, data: target }, values: value.data };
  }

  function readValue(node: Node | null): Value {
    const at = isAlias(node) ? ((node.resolve(document) as Node | undefined) ?? null) : node;
    const place = placeOf(at);
    if (isSeq(at)) return { place, data: at.items.map((each) => readValue(each as Node)) };
    if (isMap(at)) {
      const entries = at.items.map(({ key, value }) => [
        String(isScalar(key) ? key.value : key),
        readValue(value as Node | null),
      ]);
      return { place, data: Object.fromEntries(entries) as Record<string, Value> };
    }
    return { place, data: isScalar(at) ? (at.value as string | number | boolean | null) : null };
  }
}

export function isEntries(value: Value): value is Value & { readonly data: { readonly [key: string]: Value } } {
  return typeof value.data === 'object' && value.data !== null && !Array.isArray(value.data);
}
