const LONGEST = 1024;

/** A JSON value as the field's own server prints it in its messages (Python's str()); cut where it would fill the answer. */
export function pythonText(value: unknown): string {
  const text = typeof value === 'string' ? value : literal(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** The same for a value inside another one (Python's repr()). */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value).map(([key, member]) => `${quoted(key)}: ${literal(member)}`);
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value);
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + text.replace(/[\\\n\r\t]/g, escaped).replaceAll(quote, quote === "'" ? "\\'" : quote) + quote;
}

function escaped(character: string): string {
  return { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character] ?? `\\${character}`;
}
