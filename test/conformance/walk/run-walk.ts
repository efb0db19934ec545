import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cloud } from '../cloud.ts';
import type { Outcome } from '../outcome.ts';
import { startPython } from '../python.ts';
import { readWalk, type Step } from './read-walk.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface OpenStack extends AsyncDisposable {
  run(words: readonly string[]): Promise<Printed>;
}

/** Walks walk.txt from top to bottom, or only the sections whose names hold `only`. */
export async function runWalk(cloud: Cloud, only = ''): Promise<Outcome[]> {
  const steps = readWalk(join(import.meta.dirname, 'walk.txt')).filter(({ section }) => section.includes(only));
  const kept = new Map<string, string>();
  const outcomes: Outcome[] = [];
  await using openstack = startOpenStack(cloud);
  for (const step of steps) {
    const name = `${step.section}, line ${step.line}: ${step.text}`;
    if (step.skip !== undefined) {
      outcomes.push({ name, outcome: 'skipped', reason: step.skip });
      continue;
    }
    const text = step.text.replace(/\$([A-Z][A-Z0-9_]*)/g, (whole, key: string) => kept.get(key) ?? whole);
    const printed = await openstack.run(wordsOf(text));
    const trouble = judge(step, printed, kept);
    if (step.keep !== undefined) kept.set(step.keep, idOf(printed.out) ?? `no-${step.keep}`);
    outcomes.push({ name, outcome: trouble === undefined ? 'passed' : 'failed', reason: trouble ?? '' });
  }
  return outcomes;
}

/** What is wrong with what a command did; undefined when nothing is. */
function judge(step: Step, { code, out, err }: Printed, kept: ReadonlyMap<string, string>): string | undefined {
  const said = `${err}\n${out}`.trim();
  if (step.mustFail) return code === 0 ? `it should have been refused:\n${said}` : undefined;
  if (code !== 0) return said;
  if (step.keep !== undefined && idOf(out) === undefined) return `no id in:\n${said}`;
  for (const demand of step.demands) {
    const wanted = demand.replace(/\$([A-Z][A-Z0-9_]*)/g, (whole, key: string) => kept.get(key) ?? whole);
    if (!holds(wanted, out)) return `not so: ${wanted}\n${said}`;
  }
  return undefined;
}

function holds(demand: string, out: string): boolean {
  if (demand.startsWith('has ')) return alternatives(demand.slice(4)).some((text) => out.includes(text));
  const colon = demand.indexOf(': ');
  const name = demand.slice(0, colon).toLowerCase();
  const object = parse(out);
  const found = Object.entries(object ?? {}).find(([key]) => key.toLowerCase() === name)?.[1] as unknown;
  const text = typeof found === 'string' ? found : JSON.stringify(found);
  return alternatives(demand.slice(colon + 2)).includes(text ?? '');
}

function alternatives(text: string): string[] {
  return text.split('|');
}

/** The id of the object, or of the first of a list. */
function idOf(out: string): string | undefined {
  const parsed = parse(out);
  const object = Array.isArray(parsed) ? (parsed[0] as unknown) : parsed;
  const [, id] = Object.entries(object ?? {}).find(([key]) => key.toLowerCase() === 'id') ?? [];
  return typeof id === 'string' ? id : undefined;
}

function parse(out: string): object | undefined {
  try {
    return JSON.parse(out) as object;
  } catch {
    return undefined;
  }
}

const PRINTING = new Set(['create', 'show', 'list', 'issue']);

function wordsOf(text: string): string[] {
  const words = text.split(/\s+/);
  const verb = words.slice(0, words.findIndex((word) => word.startsWith('-')) >>> 0);
  return verb.some((word) => PRINTING.has(word)) ? [...words, '-f', 'json'] : words;
}

function startOpenStack(cloud: Cloud): OpenStack {
  const child = startPython([join(import.meta.dirname, 'worker.py')], {
    OS_CLIENT_CONFIG_FILE: cloud.controller.cloudsFile,
    OS_CLOUD: 'netloom',
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(words) {
      child.stdin.write(`${JSON.stringify(words)}\n`);
      const { value, done } = (await answers.next()) as IteratorResult<string, undefined>;
      if (done) throw new Error(`the openstack worker ended:\n${child.complaints()}`);
      return JSON.parse(value) as Printed;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await child.ended;
    },
  };
}
