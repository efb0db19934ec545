import type { Mark, MarkList, Side } from './prefix-tree.ts';
import type { RuleProfile } from './rule-profile.ts';

/** Says whether what rules allow to or from addresses can differ between the sides, by the marks of the addresses. */
export type ProfileChange = (marks: Readonly<Record<Side, MarkList>>) => boolean;

/** Null where the port is not there. */
export function profileChange(before: RuleProfile | null, after: RuleProfile | null): ProfileChange {
  if (before === null || after === null || before.always.join() !== after.always.join()) return () => true;
  if (JSON.stringify(before.firewall) !== JSON.stringify(after.firewall)) return () => true;
  const differing = new Set<Mark>();
  for (const mark of [...before.byMark.keys(), ...after.byMark.keys()]) {
    if (before.byMark.get(mark)?.join() !== after.byMark.get(mark)?.join()) differing.add(mark);
  }
  return (marks) => marks.before !== marks.after || marks.after.marks.some((mark) => differing.has(mark));
}
