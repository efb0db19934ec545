import type { Condition, Conditions } from '../access.ts';

const WORDS: Readonly<Record<Condition, string>> = {
  owner: "the object's own project",
  shared: 'projects it is shared with',
  network_owner: "the project of the object's network",
};

/** Whom conditions let in, besides admins: "the object's own project"; "" for nobody. */
export function accessText(conditions: Conditions): string {
  return conditions.map((condition) => WORDS[condition]).join(', ');
}

/** Who may do something, as a sentence. */
export function accessSentence(conditions: Conditions): string {
  const others = accessText(conditions);
  return others === '' ? 'For admins.' : `For admins, and for ${others}.`;
}
