import type { Tracer } from '@netloom/lab/scenario/tracer';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Gives what puts, for the ids in texts, the names that people gave the objects. */
export async function readNames(texts: readonly string[], tracer: Tracer): Promise<(text: string) => string> {
  const ids = [...new Set(texts.flatMap((text) => text.match(UUID) ?? []))];
  const found = await Promise.all(ids.map((id) => tracer.nameOf(id)));
  const names = new Map(ids.map((id, i) => [id, found[i] ?? id]));
  return (text) => text.replace(UUID, (id) => names.get(id) ?? id);
}
