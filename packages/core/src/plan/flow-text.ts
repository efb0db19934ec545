import type { EndRef } from './end-ref.ts';
import type { FlowLine } from './flow-lines.ts';
import { memo } from './memo.ts';
import { packetsText } from './packets-text.ts';

/** What a person calls the objects that lines name. */
export interface FlowNames {
  nameOf(kind: 'group' | 'addressGroup' | 'network' | 'port', id: string): string;
}

/** A line in words, each part of an end for itself. */
export interface FlowText {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** "v4" or "v6", where the line speaks of one family though the ports have both. */
  readonly family: 'v4' | 'v6' | null;
  readonly packets: string;
}

/** The lines in words, sorted, none twice. */
export function flowTexts(lines: readonly FlowLine[], names: FlowNames): FlowText[] {
  const textOf = memo(packetsText);
  const texts = lines.map(({ from, to, packets, families, isPartial }): FlowText => {
    const family = isPartial ? (families[0] === 4 ? 'v4' : 'v6') : null;
    return { from: endTexts(from, names), to: endTexts(to, names), family, packets: textOf(packets) };
  });
  const byKey = new Map(texts.map((text) => [JSON.stringify(text), text]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
}

/** "web -> db v6 tcp/5432" */
export function formatFlow({ from, to, family, packets }: FlowText): string {
  return `${endText(from)} -> ${endText(to)} ${family === null ? '' : `${family} `}${packets}`;
}

/** Beyond this many parts the rest of an end is counted only. */
const MOST_PARTS = 8;

function endText(parts: readonly string[]): string {
  if (parts.length <= MOST_PARTS) return parts.join(', ');
  return `${parts.slice(0, MOST_PARTS).join(', ')} and ${parts.length - MOST_PARTS} more`;
}

function endTexts(refs: readonly EndRef[], names: FlowNames): string[] {
  const texts = refs.map((ref) => refText(ref, names));
  // What has exceptions of its own must not seem to have the parts after it for exceptions.
  const apart = texts.length > 1 ? texts.map((text) => (text.includes(' except ') ? `(${text})` : text)) : texts;
  return apart.sort();
}

function refText(ref: EndRef, names: FlowNames): string {
  switch (ref.kind) {
    case 'prefix': {
      return ref.except.length === 0 ? ref.prefix : `${ref.prefix} except ${endText(endTexts(ref.except, names))}`;
    }
    case 'group':
    case 'addressGroup':
      return names.nameOf(ref.kind, ref.id) + (ref.where === 'elsewhere' ? ' outside of the network' : '');
    case 'network':
      return `network ${names.nameOf('network', ref.id)}`;
    case 'port': {
      const name = names.nameOf('port', ref.id);
      return ref.addresses === null ? name : `${name} (${endTexts(ref.addresses, names).join(', ')})`;
    }
  }
}
