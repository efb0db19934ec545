/** Compares an answer with a captured one: alike but for ids, times and what each server draws for itself. */
export interface Comparison {
  /** Attributes that may differ, by name, and why. */
  readonly allowed: Readonly<Record<string, string>>;
  /** What the real server drew -> what ours drew for the same thing; grows from answer to answer. */
  readonly names: Map<string, string>;
  /** Text of the captured request: what it names was not drawn. */
  readonly asked: string;
}

/** One line for each difference: where, what was expected, what came. */
export function differences(theirs: unknown, mine: unknown, comparison: Comparison, path = ''): string[] {
  const expected = JSON.stringify(theirs) ?? 'nothing';
  const found = JSON.stringify(mine) ?? 'nothing';
  const differ = [`${path || 'body'}: expected ${expected.slice(0, 300)}, came ${found.slice(0, 300)}`];
  if (Array.isArray(theirs))
    return Array.isArray(mine) && theirs.length === mine.length
      ? listDifferences(theirs, mine, comparison, path)
      : differ;
  if (isObject(theirs)) return isObject(mine) ? objectDifferences(theirs, mine, comparison, path) : differ;
  if (typeof theirs === 'string' && typeof mine === 'string' && alike(theirs, mine, comparison)) return [];
  return theirs === mine ? [] : differ;
}

type Json = Readonly<Record<string, unknown>>;

function objectDifferences(theirs: Json, mine: Json, comparison: Comparison, path: string): string[] {
  const names = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
  return [...names].flatMap((name) => {
    const place = path === '' ? name : `${path}.${name}`;
    if (Object.hasOwn(comparison.allowed, name)) return [];
    if (!Object.hasOwn(mine, name)) return [`${place}: is not there`];
    if (!Object.hasOwn(theirs, name)) return [`${place}: the real server has no such attribute`];
    return differences(theirs[name], mine[name], comparison, place);
  });
}

/** Lists come in the order of ids, which are drawn: each of theirs must have its like among ours. */
function listDifferences(theirs: readonly unknown[], mine: readonly unknown[], comparison: Comparison, path: string) {
  const left = [...mine];
  const found: string[] = [];
  for (const [i, item] of theirs.entries()) {
    const match = left.findIndex((candidate) => {
      const trial = { ...comparison, names: new Map(comparison.names) };
      return differences(item, candidate, trial).length === 0;
    });
    const [partner] = left.splice(Math.max(match, 0), 1);
    found.push(...differences(item, partner, comparison, `${path}[${i}]`));
  }
  return found;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const DRAWN =
  /^([0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}|([0-9a-f]{2}:){5}[0-9a-f]{2}|\d+\.\d+\.\d+\.\d+|[0-9a-f:]*:[0-9a-f:]+)$/;

function alike(theirs: string, mine: string, { names, asked }: Comparison): boolean {
  if (TIME.test(theirs)) return TIME.test(mine);
  const known = names.get(theirs);
  if (known !== undefined) return known === mine;
  if (DRAWN.test(theirs) && DRAWN.test(mine) && (theirs === mine || !asked.includes(`"${theirs}"`))) {
    names.set(theirs, mine);
    return true;
  }
  return renamed(theirs, names) === mine;
}

/** A text with the ids in it replaced. */
function renamed(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/[\w:-]+(\.[\w:-]+)*/g, (word) => names.get(word) ?? word);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
