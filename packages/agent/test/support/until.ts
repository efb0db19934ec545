import { setTimeout as delay } from 'node:timers/promises';

/** Waits until the condition holds; throws with `what` after five seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await delay(2);
  }
}
