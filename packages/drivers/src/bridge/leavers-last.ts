import type { Step } from '@netloom/core/delta/diff';
import { type FdbSpec, keyParts } from './items.ts';

/**
 * Moves the removal of what a MAC is leaving (the device it was behind, the tunnel it was reached by) behind all puts, so that a
 * workload moving between this host and another is always reached one way or the other.
 */
export function leaversLast(steps: readonly Step[]): Step[] {
  const left = new Set<string>();
  for (const step of steps) {
    if (step.action !== 'update' || step.item.kind !== 'fdb') continue;
    const { device } = step.before.spec as FdbSpec;
    left.add(`port ${device}`).add(`tunnel ${device} ${keyParts(step.item)[1]}`);
  }
  const isLeaver = (step: Step): boolean => step.action === 'remove' && left.has(`${step.item.kind} ${step.item.key}`);
  return [...steps.filter((step) => !isLeaver(step)), ...steps.filter(isLeaver)];
}
