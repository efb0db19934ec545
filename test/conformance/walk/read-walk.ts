import { readFileSync } from 'node:fs';

/** One command of a walk, and what must come of it. */
export interface Step {
  readonly section: string;
  readonly line: number;
  /** As written, "$NAME" and all. */
  readonly text: string;
  /** Name that keeps the id the command prints. */
  readonly keep?: string;
  readonly mustFail: boolean;
  readonly demands: readonly string[];
  /** Why it is not walked. */
  readonly skip?: string;
}

/** Reads a walk; its format is at the top of walk.txt. */
export function readWalk(file: string): Step[] {
  const steps: Step[] = [];
  let section = '';
  for (const [i, raw] of readFileSync(file, 'utf8').split('\n').entries()) {
    const line = raw.trim();
    const header = /^\[(.+?)\](?: skip: (.+))?$/.exec(line);
    const last = steps.at(-1);
    if (line === '' || line.startsWith('#')) continue;
    if (header !== null) {
      section = header[1] ?? '';
      if (header[2] !== undefined)
        steps.push({ section, line: i + 1, text: section, mustFail: false, demands: [], skip: header[2] });
    } else if (line.startsWith('> ')) {
      if (last === undefined) throw new Error(`line ${i + 1}: a demand before any command`);
      steps[steps.length - 1] = { ...last, demands: [...last.demands, line.slice(2).trim()] };
    } else {
      const keep = /^([A-Z][A-Z0-9_]*) = (.+)$/.exec(line);
      const mustFail = line.startsWith('fails: ');
      const text = mustFail ? line.slice('fails: '.length) : (keep?.[2] ?? line);
      steps.push({ section, line: i + 1, text, mustFail, demands: [], ...(keep?.[1] && { keep: keep[1] }) });
    }
  }
  return steps;
}
