import type { Entry, Source } from './source.ts';
import { didYouMean } from './suggest.ts';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** Reports a key that is no DNS label; such things become host names and device names. */
export function checkName(source: Source, entry: Entry, kind: string): void {
  if (!isLabel(entry.name)) source.report(entry.key, 'LAB_NAME', { name: entry.name, kind });
}

/** Words for a name that refers to nothing. */
export function unknownReference(kind: string, name: string, known: readonly string[]) {
  return { kind, name, hint: didYouMean(name, known), known: known.join(', ') || 'none' };
}
