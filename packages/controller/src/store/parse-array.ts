/** What an array of plain words is not made of. */
const NOT_PLAIN = /["\\{}]|null/i;

/** Reads PostgreSQL's text of an array of strings; quick for plain words, everything else is read by `parse`. */
export function parseArray(text: string, parse: (text: string) => unknown): unknown {
  if (text === '{}') return [];
  const inner = text.slice(1, -1);
  return text.startsWith('{') && !NOT_PLAIN.test(inner) ? inner.split(',') : parse(text);
}
