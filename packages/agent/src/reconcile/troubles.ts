import { type Step, sameJson } from '@netloom/core/delta/diff';
import { itemId } from '@netloom/core/delta/items';
import type { StepOutcome } from '@netloom/drivers/driver';
import { type Backoff, backoffDelay } from '../backoff.ts';

/** A step that did not succeed, and when to try it again. */
export interface Trouble {
  readonly step: Step;
  readonly outcome: Exclude<StepOutcome, { result: 'done' }>;
  readonly failures: number;
  /** Milliseconds since 1970. */
  readonly due: number;
}

/** Steps that did not succeed, by item. */
export interface Troubles {
  readonly byItem: ReadonlyMap<string, Trouble>;
  /** Steps of a new diff that should be tried now; forgets items that need no step any more. */
  select(steps: readonly Step[], now: number): Step[];
  record(step: Step, outcome: StepOutcome, now: number): void;
  /** Makes all that waits for the outside due: something moved there. */
  hurryWaiting(): void;
  /** When the next one is due; Infinity when there is none. */
  nextDue(): number;
}

export function makeTroubles(backoff: Backoff): Troubles {
  let byItem = new Map<string, Trouble>();
  return {
    get byItem() {
      return byItem;
    },
    select(steps, now) {
      const kept = new Map<string, Trouble>();
      const selected = steps.filter((step) => {
        const id = itemId(step.item);
        const trouble = byItem.get(id);
        if (trouble === undefined || !sameTask(trouble.step, step)) return true;
        kept.set(id, { ...trouble, step });
        return trouble.due <= now;
      });
      byItem = kept;
      return selected;
    },
    record(step, outcome, now) {
      const id = itemId(step.item);
      const failures = (byItem.get(id)?.failures ?? 0) + 1;
      if (outcome.result === 'done') byItem.delete(id);
      else byItem.set(id, { step, outcome, failures, due: now + backoffDelay(failures, backoff) });
    },
    hurryWaiting() {
      for (const [id, trouble] of byItem)
        if (trouble.outcome.result === 'waiting') byItem.set(id, { ...trouble, due: 0 });
    },
    nextDue: () => byItem.values().reduce((least, { due }) => Math.min(least, due), Number.POSITIVE_INFINITY),
  };
}

function sameTask(a: Step, b: Step): boolean {
  return a.action === b.action && sameJson(a.item.spec, b.item.spec);
}
