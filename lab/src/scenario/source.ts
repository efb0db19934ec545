import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Place, type ScenarioErrorCode, type ScenarioProblem, scenarioProblem } from './problems.ts';
import { didYouMean } from './suggest.ts';

/** A value of the file; null where the file has nothing. */
export type Value = Node | null;

export interface Entry {
  readonly name: string;
  readonly key: Node;
  readonly value: Value;
}

export interface Keys {
  readonly allowed: readonly string[];
  readonly required?: readonly string[];
}

/**
 * A YAML file that is read value by value. Every reader reports a mistake with its place and gives undefined (or the
 * parts that are right), so that one pass finds all mistakes.
 */
export interface Source {
  readonly root: Value;
  readonly problems: ScenarioProblem[];
  place(node: Value): Place;
  report(node: Value, code: ScenarioErrorCode, details: Readonly<Record<string, string | number>>): void;
  /** Entries of a mapping whose keys are names of the user's choice. */
  named(value: Value, place: string): readonly Entry[];
  /** Values of a mapping by key; only `keys` may occur. `parent` bears the blame when the mapping is not there. */
  keyed(value: Value, parent: Value, place: string, keys: Keys): ReadonlyMap<string, Value>;
  isList(value: Value): boolean;
  isMapping(value: Value): boolean;
  /** Items of a list; a single value is a list of one. */
  list(value: Value | undefined): readonly Value[];
  /** Text, or a number as it is written. */
  text(value: Value | undefined, place: string): string | undefined;
  integer(value: Value | undefined, place: string, range: readonly [number, number]): number | undefined;
  flag(value: Value | undefined, place: string): boolean | undefined;
  oneOf<T extends string>(value: Value | undefined, place: string, words: readonly T[]): T | undefined;
}

export function openSource(text: string, file: string): Source {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter: lines });
  const problems: ScenarioProblem[] = [];
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  for (const error of document.errors) {
    const duplicate = error.code === 'DUPLICATE_KEY';
    const name = /^[^\s:,}]*/.exec(text.slice(error.pos[0]))?.[0] ?? '';
    const reason = error.message.split(/ at line \d+/)[0] ?? error.message;
    const details = duplicate ? { name } : { reason };
    problems.push(scenarioProblem(placeAt(error.pos[0]), duplicate ? 'LAB_DUPLICATE' : 'LAB_YAML', details));
  }
  const place = (node: Value): Place => placeAt(node?.range?.[0] ?? 0);
  const report: Source['report'] = (node, code, details) => {
    problems.push(scenarioProblem(place(node), code, details));
  };
  const follow = (value: unknown): Value => {
    const node = isAlias(value) ? value.resolve(document) : value;
    if (isScalar(node) && node.value === null) return null;
    return isMap(node) || isSeq(node) || isScalar(node) ? node : null;
  };
  const wrong = (node: Value, what: string, wanted: string): undefined => {
    report(node, 'LAB_WRONG_TYPE', { place: what, wanted });
    return undefined;
  };
  const scalar = (value: Value | undefined): unknown => (isScalar(value) ? value.value : undefined);
  const written = (value: Value): string => (isScalar(value) ? (value.source ?? String(value.value)) : '');

  const named: Source['named'] = (value, what) => {
    if (value === null) return [];
    if (!isMap(value)) return wrong(value, what, 'a mapping of names') ?? [];
    return value.items.map((pair) => {
      const key = pair.key as Node;
      return { name: written(key), key, value: follow(pair.value) };
    });
  };

  return {
    root: follow(document.contents),
    problems,
    place,
    report,
    named,
    keyed(value, parent, what, keys) {
      const found = new Map<string, Value>();
      for (const entry of named(value, what)) {
        if (keys.allowed.includes(entry.name)) found.set(entry.name, entry.value);
        else {
          const hint = didYouMean(entry.name, keys.allowed);
          report(entry.key, 'LAB_UNKNOWN_KEY', {
            key: entry.name,
            place: what,
            hint,
            allowed: keys.allowed.join(', '),
          });
        }
      }
      for (const key of value === null || isMap(value) ? (keys.required ?? []) : []) {
        if ((found.get(key) ?? null) !== null) continue;
        report(value ?? parent, 'LAB_MISSING_KEY', { place: what, key, allowed: keys.allowed.join(', ') });
      }
      return found;
    },
    isList: (value) => isSeq(value),
    isMapping: (value) => isMap(value),
    list(value) {
      if (value === null || value === undefined) return [];
      return isSeq(value) ? value.items.map(follow) : [value];
    },
    text(value, what) {
      if (value === null || value === undefined) return undefined;
      const found = scalar(value);
      // A number is text as it was written: an option "1500", a host "7".
      if (isScalar(value) && typeof found === 'number') return written(value);
      return typeof found === 'string' ? found : wrong(value, what, 'text');
    },
    integer(value, what, [least, most]) {
      if (value === null || value === undefined) return undefined;
      const found = scalar(value);
      if (Number.isInteger(found) && (found as number) >= least && (found as number) <= most) return found as number;
      return wrong(value, what, `a whole number from ${least} to ${most}`);
    },
    flag(value, what) {
      if (value === null || value === undefined) return undefined;
      const found = scalar(value);
      return typeof found === 'boolean' ? found : wrong(value, what, 'true or false');
    },
    oneOf<T extends string>(value: Value | undefined, what: string, words: readonly T[]): T | undefined {
      if (value === null || value === undefined) return undefined;
      const found = written(value);
      const word = words.find((each) => each === found);
      if (word !== undefined) return word;
      report(value, 'LAB_VALUE', { place: what, wanted: words.join(' or '), text: `"${found}"` });
      return undefined;
    },
  };
}
