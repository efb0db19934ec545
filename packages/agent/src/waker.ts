/** Lets one loop sleep until there is work. */
export interface Waker {
  /** Ends the sleep, or makes the next one end at once. */
  wake(): void;
  /** Sleeps until `wake`, until `milliseconds` are over or until the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

// setTimeout takes 31 bits; an idle loop may as well turn once a day.
const LONGEST = 86_400_000;

export function makeWaker(): Waker {
  let awake = false;
  let end: (() => void) | undefined;
  return {
    wake() {
      awake = true;
      end?.();
    },
    async sleep(milliseconds, signal) {
      if (!awake && milliseconds > 0 && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        end = resolve;
        const timer = setTimeout(resolve, Math.min(milliseconds, LONGEST));
        signal.addEventListener('abort', end, { once: true });
        await promise;
        signal.removeEventListener('abort', end);
        clearTimeout(timer);
        end = undefined;
      }
      awake = false;
    },
  };
}
