import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cloud } from '../cloud.ts';
import type { Outcome } from '../outcome.ts';
import { startPython } from '../python.ts';
import { writeTempestConf } from './tempest-conf.ts';

const WORKER = join(import.meta.dirname, 'worker.py');
const PACKAGE = 'tempest.api.network';
const WORKERS = 2;

interface TestClass {
  readonly class: string;
  readonly tests: readonly string[];
}

/** Runs `tempest.api.network`, or the test classes and tests whose names hold `only`, in two processes. */
export async function runTempest(cloud: Cloud, only = ''): Promise<Outcome[]> {
  const env = writeTempestConf(cloud);
  const classes = (await listClasses(env)).filter(({ tests }) => tests.some((test) => test.includes(only)));
  const outcomes: Outcome[] = [];
  const queue = classes.toSorted((a, b) => b.tests.length - a.tests.length).map((one) => one.class);
  await Promise.all(Array.from({ length: WORKERS }, () => work(env, queue, outcomes)));
  const told = new Set(outcomes.map(({ name }) => name));
  for (const { class: name, tests } of classes) {
    // A fixture of the class that failed or skipped speaks for all of its tests.
    const fixture = outcomes.find((one) => one.name.startsWith(`setUpClass (${name}`));
    const silent = tests.filter((test) => !told.has(test));
    outcomes.push(
      ...silent.map((test) => (fixture ? { ...fixture, name: test } : failed(test, 'nothing was heard of it'))),
    );
  }
  const all = new Set(classes.flatMap(({ tests }) => tests));
  return outcomes.filter(
    ({ name, outcome }) => all.has(name) || (outcome === 'failed' && !name.startsWith('setUpClass')),
  );
}

/** One process; takes class after class from the queue. */
async function work(env: NodeJS.ProcessEnv, queue: string[], outcomes: Outcome[]): Promise<void> {
  const child = startPython([WORKER], env);
  const next = (): void => {
    const name = queue.shift();
    if (name === undefined) child.stdin.end();
    else child.stdin.write(`${name}\n`);
  };
  next();
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { done: string } | { test: string; outcome: Outcome['outcome']; reason: string };
    if ('done' in said) next();
    else outcomes.push({ name: said.test, outcome: said.outcome, reason: said.reason });
  }
  if ((await child.ended) !== 0) outcomes.push(failed('tempest worker', child.complaints()));
}

async function listClasses(env: NodeJS.ProcessEnv): Promise<TestClass[]> {
  const child = startPython([WORKER, 'list', PACKAGE], env);
  const classes: TestClass[] = [];
  for await (const line of createInterface({ input: child.stdout })) classes.push(JSON.parse(line) as TestClass);
  if ((await child.ended) !== 0) throw new Error(`tempest gave no list of its tests:\n${child.complaints()}`);
  return classes;
}

function failed(name: string, reason: string): Outcome {
  return { name, outcome: 'failed', reason };
}
