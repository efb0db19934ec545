import type { Step } from '@netloom/core/delta/diff';
import { isNftKind } from './filter/nft-item.ts';
import { type FdbSpec, keyParts } from './items.ts';

/**
 * Sorted steps in the order in which they are taken.
 * - The removal of what a MAC is leaving (the device it was behind, the tunnel it was reached by) comes behind all puts, so that a
 *   workload moving between this host and another is always reached one way or the other.
 * - Steps of nft stand side by side, because they are one transaction; its removals wait for ports that leave last, which are
 *   filtered to the end, and only behind them the kernel is told to filter no longer.
 */
export function inOrder(steps: readonly Step[]): Step[] {
  const left = leftBehind(steps);
  const isLeaver = (step: Step): boolean => step.action === 'remove' && left.has(`${step.item.kind} ${step.item.key}`);
  const leavers = steps.filter(isLeaver);
  const others = steps.filter((step) => !isLeaver(step));
  const cleanUp = others.filter((step) => step.action === 'remove' && isNftKind(step.item.kind));
  const rest = others.filter((step) => !cleanUp.includes(step));
  if (leavers.length > 0) {
    const filterEnds = cleanUp.some((step) => step.item.kind === 'ruleset');
    const isLast = (step: Step): boolean => filterEnds && step.action === 'update' && step.item.kind === 'namespace';
    return [...rest.filter((step) => !isLast(step)), ...leavers, ...cleanUp, ...rest.filter(isLast)];
  }
  const firstPut = rest.findIndex((step) => isNftKind(step.item.kind));
  if (cleanUp.length === 0 || firstPut < 0) return others;
  return [...rest.slice(0, firstPut), ...cleanUp, ...rest.slice(firstPut)];
}

function leftBehind(steps: readonly Step[]): Set<string> {
  const left = new Set<string>();
  for (const step of steps) {
    if (step.action !== 'update' || step.item.kind !== 'fdb') continue;
    const { device } = step.before.spec as FdbSpec;
    left.add(`port ${device}`).add(`tunnel ${device} ${keyParts(step.item)[1]}`);
  }
  return left;
}
