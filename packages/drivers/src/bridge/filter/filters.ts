import { randomInt } from 'node:crypto';
import type { Step } from '@netloom/core/delta/diff';
import { type Item, itemId } from '@netloom/core/delta/items';
import type { StepOutcome } from '../../driver.ts';
import { type DriverErrorCode, driverError } from '../../errors.ts';
import type { Commander } from '../commander.ts';
import { NETNS_FOLDER, namespaceIdentity } from '../namespace-identity.ts';
import { closed } from './commands.ts';
import { asNftItem, isNftKind, NFT_KINDS, type NftSpec, NOTHING } from './nft-item.ts';
import type { FoundRuleset } from './read-ruleset.ts';
import { type Change, transactionText } from './transaction-text.ts';

export interface Filters {
  /** Takes steps of nft's kinds, all in one transaction. One outcome a step; what is refused stops nothing else, and allows nothing. */
  apply(steps: readonly Step[], signal: AbortSignal): Promise<StepOutcome[]>;
  /** What an observation found, from which the next transaction starts. */
  found(ruleset: FoundRuleset): void;
  /** True once the device of a port is held to what its row says. */
  guards(device: string): boolean;
}

export interface FiltersPlace {
  readonly commander: Commander;
  readonly namespace: string;
  /** Why this host cannot filter; undefined when it can. */
  readonly refusal: DriverErrorCode | undefined;
  /** Reads our tables from the kernel. */
  readonly look: (signal: AbortSignal) => Promise<FoundRuleset>;
}

interface StepChange extends Change {
  readonly step: Step;
  /** Why it is not put as it should be; it is then put closed. */
  readonly refusal?: StepOutcome;
}

/** Our nftables tables. Between calls it knows the generation and who is guarded, and both are in the kernel for the next to read. */
export function openFilters(place: FiltersPlace): Filters {
  const { commander, namespace } = place;
  let generation: number | undefined;
  let inForce = new Set<string>();

  const run = async (changes: readonly StepChange[], signal: AbortSignal): Promise<Refusal | undefined> => {
    const next = nextGeneration(generation);
    const text = transactionText(changes, next);
    if (text.lines.length === 0) return undefined;
    const argv = ['nsenter', `--net=${NETNS_FOLDER}/${namespace}`, '--', 'nft', '-f', '-'];
    const { code, stderr } = await commander.run(argv, { signal, input: `${text.lines.join('\n')}\n` });
    if (code === 0) {
      if (text.bumped) generation = next;
      return undefined;
    }
    const culprits = new Map<StepChange, string>();
    for (const [, line = '', reason = ''] of stderr.matchAll(/^\/dev\/stdin:(\d+):[\d-]+: (.*)$/gm)) {
      const change = text.changes[Number(line) - 1];
      if (change) culprits.set(change, reason);
    }
    return { reason: stderr.trim() || `exit code ${code}`, culprits };
  };

  /** Runs what nft takes: what it refuses is closed, and what it refuses even closed is left out, each with its reason. */
  const settle = async (all: readonly StepChange[], signal: AbortSignal): Promise<StepChange[]> => {
    const left = new Map(all.map((change) => [change.step, change]));
    const out: StepChange[] = [];
    for (;;) {
      const refusal = await run([...left.values()], signal);
      if (refusal === undefined) return [...left.values(), ...out];
      const blamed =
        refusal.culprits.size > 0 ? refusal.culprits : new Map([...left.values()].map((c) => [c, refusal.reason]));
      for (const [change, reason] of blamed) {
        const { step, after } = change;
        const refused = { ...change, refusal: failed('BRIDGE_REFUSED', { object: itemId(step.item), reason }) };
        if (after === undefined || change.refusal !== undefined) {
          left.delete(step);
          out.push(refused);
        } else left.set(step, { ...refused, after: closed(after) });
      }
    }
  };

  return {
    async apply(steps, signal) {
      if (place.refusal !== undefined) return refuseAll(steps, place.refusal);
      const isThere = (await namespaceIdentity(namespace)) !== undefined;
      // What went with its namespace is gone.
      if (!isThere && steps.every(({ action }) => action === 'remove')) return steps.map(() => ({ result: 'done' }));
      let changes = steps.map(changeOf).sort(byDependency);
      if ((await run(changes, signal)) !== undefined) {
        // A step that comes twice, or somebody else's hand: from what is really there the same end is reached by other commands.
        const ruleset = await place.look(signal);
        this.found(ruleset);
        const actual = new Map(ruleset.items.map((item) => [itemId(item), item]));
        changes = await settle(
          changes.map((change) => ({ ...change, before: specOf(actual.get(itemId(change.step.item))) })),
          signal,
        );
      }
      for (const { step, kind, after, refusal } of changes) {
        if (kind !== 'portGuard') continue;
        if (after !== undefined && refusal === undefined) inForce.add(step.item.key);
        else inForce.delete(step.item.key);
      }
      const refusals = new Map(changes.map(({ step, refusal }) => [step, refusal]));
      return steps.map((step) => refusals.get(step) ?? { result: 'done' });
    },
    found(ruleset) {
      generation = ruleset.generation;
      inForce = new Set(ruleset.items.filter(({ kind }) => kind === 'portGuard').map(({ key }) => key));
    },
    guards: (device) => inForce.has(device),
  };
}

interface Refusal {
  readonly reason: string;
  /** Changes on whose lines nft put the blame, and its words. */
  readonly culprits: ReadonlyMap<StepChange, string>;
}

function changeOf(step: Step): StepChange {
  const { kind } = step.item;
  if (!isNftKind(kind)) throw new Error(`items of kind "${kind}" are not kept by nft`);
  if (step.action === 'remove') return { step, kind, before: specOf(step.item), after: undefined };
  const before = specOf(step.action === 'update' ? step.before : undefined);
  const after = asNftItem(step.item);
  if (after.badValue === undefined) return { step, kind, before, after };
  const refusal = failed('BRIDGE_BAD_VALUE', { object: itemId(step.item), value: after.badValue });
  return { step, kind, before, after: closed(after), refusal };
}

function specOf(item: Item | undefined): NftSpec {
  return item === undefined ? NOTHING : (item.spec as NftSpec);
}

function byDependency(a: Change, b: Change): number {
  return NFT_KINDS.indexOf(a.kind) - NFT_KINDS.indexOf(b.kind);
}

/** Marks of a table that is gone may still be on flows: where none is known, the next is any. 0 is on flows that nobody marked. */
function nextGeneration(current: number | undefined): number {
  return current === undefined ? randomInt(1, 0x7fff_ffff) : (current % 0xffff_fff0) + 1;
}

function refuseAll(steps: readonly Step[], code: DriverErrorCode): StepOutcome[] {
  return steps.map((step) =>
    step.action === 'remove' ? { result: 'done' } : failed(code, { object: itemId(step.item) }),
  );
}

function failed(code: DriverErrorCode, details: Readonly<Record<string, string>>): StepOutcome {
  return { result: 'failed', code, message: driverError(code, details).message };
}
