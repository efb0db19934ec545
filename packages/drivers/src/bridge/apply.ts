import type { Step } from '@netloom/core/delta/diff';
import { type Item, itemId, type Json } from '@netloom/core/delta/items';
import { CodedError, type ErrorDetails } from '@netloom/core/errors/coded-error';
import type { StepOutcome } from '../driver.ts';
import { type DriverErrorCode, driverError } from '../errors.ts';
import { isPlainWord, runBatch, type Words } from './batch.ts';
import type { Commander } from './commander.ts';
import type { Filters } from './filter/filters.ts';
import { isNftKind } from './filter/nft-item.ts';
import { type FdbSpec, isGuarded } from './items.ts';
import { vniOfVxlan, whyNoPortDevice } from './names.ts';
import { needsOf } from './needs.ts';
import { PROGRAMS, type Tool } from './programs.ts';

/** Takes one step of a kind that `ip` and `bridge` cannot batch. */
export type Special = (step: Step, signal: AbortSignal) => Promise<StepOutcome>;

export interface ApplyContext {
  readonly commander: Commander;
  readonly namespace: string;
  readonly underlayDevice: string;
  readonly specials: Readonly<Record<string, Special>>;
  readonly filters: Filters;
}

export const DONE: StepOutcome = { result: 'done' };

/** Takes the steps in order, all neighbouring steps of one kind and direction in as few processes as there are phases. */
export async function applySteps(
  steps: readonly Step[],
  context: ApplyContext,
  signal: AbortSignal,
): Promise<StepOutcome[]> {
  const outcomes = new Map<Step, StepOutcome>();
  // Items put by this call that are not right, and why.
  const unready = new Map<string, StepOutcome>();
  for (const group of groupsOf(steps)) {
    const open = group.filter((step) => {
      const refusal = refuse(step, context) ?? blockedBy(step, context, unready);
      if (refusal) outcomes.set(step, refusal);
      return refusal === undefined;
    });
    const results = await applyGroup(open, context, signal);
    for (const [i, step] of open.entries()) outcomes.set(step, results[i] ?? DONE);
    for (const step of group) {
      const outcome = outcomes.get(step) ?? DONE;
      if (step.action !== 'remove' && outcome.result !== 'done') unready.set(itemId(step.item), outcome);
    }
  }
  return steps.map((step) => outcomes.get(step) ?? DONE);
}

function groupsOf(steps: readonly Step[]): Step[][] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (group && first && areTakenTogether(first, step)) group.push(step);
    else groups.push([step]);
  }
  return groups;
}

/** Neighbours of one kind and direction; of nft, whatever their kind. */
function areTakenTogether(a: Step, b: Step): boolean {
  if (isNftKind(a.item.kind)) return isNftKind(b.item.kind);
  return a.item.kind === b.item.kind && (a.action === 'remove') === (b.action === 'remove');
}

async function applyGroup(steps: readonly Step[], context: ApplyContext, signal: AbortSignal): Promise<StepOutcome[]> {
  const kind = steps[0]?.item.kind ?? '';
  if (isNftKind(kind)) return applyFilters(steps, context, signal);
  const special = context.specials[kind];
  if (special) return applySpecials(special, steps, signal);
  return runPhases(steps, context, signal);
}

/** A port that cannot be held to its rules is taken off its bridge, where it may be from a time without them. */
async function applyFilters(
  steps: readonly Step[],
  { filters, commander, namespace, underlayDevice }: ApplyContext,
  signal: AbortSignal,
): Promise<StepOutcome[]> {
  const outcomes = await filters.apply(steps, signal);
  const unguarded = steps
    .filter(({ item, action }, i) => item.kind === 'portGuard' && action !== 'remove' && outcomes[i]?.result !== 'done')
    .map(({ item }) => item.key)
    .filter((device) => whyNoPortDevice(device, underlayDevice) === undefined);
  const lines = unguarded.map((device) => ['link', 'set', 'dev', device, 'nomaster']);
  await runBatch(commander, { tool: commandOf('ip', namespace), lines }, signal);
  return outcomes;
}

/** Steps taken at the same time, of those that are no batch. */
const PARALLEL = 4;

async function applySpecials(special: Special, steps: readonly Step[], signal: AbortSignal): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  for (let i = 0; i < steps.length; i += PARALLEL) {
    const some = steps.slice(i, i + PARALLEL).map((step) => guarded(special, step, signal));
    outcomes.push(...(await Promise.all(some)));
  }
  return outcomes;
}

async function guarded(special: Special, step: Step, signal: AbortSignal): Promise<StepOutcome> {
  try {
    return await special(step, signal);
  } catch (error) {
    signal.throwIfAborted();
    return failedBy(step, error);
  }
}

async function runPhases(steps: readonly Step[], context: ApplyContext, signal: AbortSignal): Promise<StepOutcome[]> {
  const { commander, namespace } = context;
  const places = { namespace, hostNamespace: commander.hostNamespace };
  const runs = steps.map((step) => ({ step, phases: programOf(step)(step, places), tolerated: [] as string[] }));
  const failures = new Map<Step, string>();
  for (let phase = 0; runs.some((run) => phase < run.phases.length); phase++) {
    const entries = runs
      .filter((run) => !failures.has(run.step))
      .flatMap((run) => (run.phases[phase]?.lines ?? []).map((line) => ({ run, line })));
    const tool = runs.map((run) => run.phases[phase]?.tool).find((name) => name !== undefined) ?? 'ip';
    const lines = entries.map((entry) => entry.line.words);
    const errors = await runBatch(commander, { tool: commandOf(tool, namespace), lines }, signal);
    for (const [i, { run, line }] of entries.entries()) {
      const error = errors[i];
      if (error === undefined) continue;
      if (line.tolerate?.test(error)) run.tolerated.push(error);
      else if (!failures.has(run.step)) failures.set(run.step, [error, ...run.tolerated].join('; '));
    }
  }
  return steps.map((step) => {
    const failure = failures.get(step);
    return failure === undefined ? DONE : outcomeOf(step, failure);
  });
}

function programOf(step: Step): (typeof PROGRAMS)[string] {
  const program = PROGRAMS[step.item.kind];
  if (program === undefined) throw new Error(`no program for items of kind "${step.item.kind}"`);
  return program;
}

function commandOf(tool: Tool, namespace: string): Words {
  if (tool === 'host') return ['ip'];
  return [tool, '-n', namespace];
}

/** A workload's device that is nowhere will come when it is plugged; all other errors are errors. */
function outcomeOf(step: Step, error: string): StepOutcome {
  const device = deviceOf(step.item);
  if (step.action !== 'remove' && device !== undefined && error.startsWith('Cannot find')) {
    return { result: 'waiting', message: `${device} is not plugged` };
  }
  return failed('BRIDGE_REFUSED', { object: itemId(step.item), reason: error });
}

/** The workload's device an item is about; undefined for an item that is about none. */
function deviceOf(item: Item): string | undefined {
  if (item.kind === 'port') return item.key;
  const device = item.kind === 'fdb' ? (item.spec as FdbSpec).device : undefined;
  return device !== undefined && vniOfVxlan(device) === undefined ? device : undefined;
}

function blockedBy(
  step: Step,
  { namespace, filters }: ApplyContext,
  unready: ReadonlyMap<string, StepOutcome>,
): StepOutcome | undefined {
  if (step.action === 'remove') return undefined;
  for (const id of needsOf(step.item, namespace)) {
    const outcome = unready.get(id);
    if (outcome === undefined) continue;
    if (outcome.result === 'waiting') return outcome;
    return failed('BRIDGE_BLOCKED', { object: itemId(step.item), cause: id });
  }
  const { key } = step.item;
  // Its guard may have been refused in another pass.
  if (isGuarded(step.item) && !filters.guards(key))
    return failed('BRIDGE_BLOCKED', { object: itemId(step.item), cause: `portGuard ${key}` });
  return undefined;
}

/** Refuses what must not reach a command: a row's text is data, and a device that carries the host stays where it is. */
function refuse(step: Step, context: ApplyContext): StepOutcome | undefined {
  if (step.action === 'remove') return undefined;
  const device = deviceOf(step.item);
  const reason = device === undefined ? undefined : whyNoPortDevice(device, context.underlayDevice);
  if (device !== undefined && reason !== undefined) return failed('BRIDGE_BAD_DEVICE', { device, reason });
  if (!Object.hasOwn(PROGRAMS, step.item.kind)) return undefined;
  const bad = [...step.item.key.split(' '), ...textsOf(step.item.spec)].find((text) => !isPlainWord(text));
  return bad === undefined ? undefined : failed('BRIDGE_BAD_VALUE', { object: itemId(step.item), value: bad });
}

function textsOf(value: Json): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

function failed(code: DriverErrorCode, details: ErrorDetails): StepOutcome {
  return { result: 'failed', code, message: driverError(code, details).message };
}

function failedBy(step: Step, error: unknown): StepOutcome {
  if (error instanceof CodedError) return { result: 'failed', code: error.code, message: error.message };
  const reason = error instanceof Error ? error.message : String(error);
  return failed('BRIDGE_REFUSED', { object: itemId(step.item), reason });
}
