/** One event of a traced packet, from a line of `nft monitor` (nft(8), "MONITOR"). */
export type TraceEvent = {
  /** The same for all events of one packet buffer; copies of a flooded frame have their own. */
  readonly id: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
} & (
  | { readonly kind: 'packet'; readonly iif: string | undefined; readonly oif: string | undefined }
  /** A rule that fits: its verdict is "accept", "drop", "continue", "return", "jump CHAIN" or "goto CHAIN". */
  | { readonly kind: 'rule'; readonly text: string; readonly comment: string; readonly verdict: string }
  | { readonly kind: 'policy'; readonly verdict: string }
);

/** Undefined for every other line. */
export function readTraceLine(line: string): TraceEvent | undefined {
  const found = /^trace id ([0-9a-f]+) (\S+) (\S+) (\S+) (packet:|rule|unknown rule handle|policy) ?(.*)$/.exec(
    line.trim(),
  );
  if (found === null) return undefined;
  const [, id = '', family = '', table = '', chain = '', kind, rest = ''] = found;
  const place = { id, family, table, chain };
  if (kind === 'packet:')
    return { ...place, kind: 'packet', iif: /\biif "([^"]*)"/.exec(rest)?.[1], oif: /\boif "([^"]*)"/.exec(rest)?.[1] };
  if (kind === 'policy') return { ...place, kind, verdict: rest.trim() };
  const [, text = rest, verdict = ''] = /^(.*) \(verdict ([^()]*)\)$/.exec(rest) ?? [];
  return { ...place, kind: 'rule', text, comment: /comment "([^"]*)"$/.exec(text)?.[1] ?? '', verdict };
}
