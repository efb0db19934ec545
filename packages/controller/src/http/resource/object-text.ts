import type { Caller } from '../caller.ts';
import type { Attribute, Resource, Values } from './definition.ts';
import { selectedOf, type View } from './selection.ts';

/** The values of one row, in the order of the select list. */
export type Row = readonly unknown[];

export interface ObjectText {
  /** Attributes to select, in this order. */
  readonly selected: readonly string[];
  /** The JSON text of the object that `View.show` would make of the row. */
  write(row: Row): string;
  idOf(row: Row): string;
}

/** Writes objects of a list straight from the values of their rows: to make an object of each row first would be most of the work. */
export function objectText(resource: Resource, caller: Caller, view: View): ObjectText {
  const selected = selectedOf(resource, new Set([...view.needed, 'id']));
  const places = new Map(selected.map((name, place) => [name, place]));
  const placeOf = (name: string) => places.get(name) ?? -1;
  const parts = view.shown.map(({ key, name, attribute }) => {
    const place = placeOf(name);
    const derived = attribute.derive && derivation(attribute.derive, placeOf);
    return { start: `${JSON.stringify(key)}:`, place, derived, last: undefined as unknown, written: '' };
  });

  function write(row: Row): string {
    let text = '';
    for (const part of parts) {
      const { place, derived } = part;
      const value = derived ? derived(row, row[place], caller) : row[place];
      if (value === undefined) continue;
      // Most attributes are the same in one row after the other.
      if (value !== part.last) {
        part.last = value;
        part.written = part.start + JSON.stringify(value);
      }
      text += `${text === '' ? '{' : ','}${part.written}`;
    }
    return text === '' ? '{}' : `${text}}`;
  }

  const idPlace = placeOf('id');
  return { selected, write, idOf: (row) => String(row[idPlace]) };
}

function derivation(derive: NonNullable<Attribute['derive']>, placeOf: (name: string) => number) {
  const from = derive.from.map((name) => [name, placeOf(name)] as const);
  return (row: Row, selected: unknown, caller: Caller): unknown => {
    const values: Values = {};
    for (const [name, place] of from) values[name] = row[place];
    return derive.value(values, selected, caller);
  };
}
