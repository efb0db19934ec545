/** Says when to look at the whole target again. All times in milliseconds since 1970. */
export interface AuditTimer {
  due(): number;
  isDue(now: number): boolean;
  /** Something moved on the target: look soon, but not at every twitch. */
  hurry(now: number): void;
  done(started: number, now: number): void;
}

/** Changes come in bursts, and our own steps make some of them. */
const SETTLE = 50;
/** Looking takes at most this part of the time, however much moves. */
const SHARE = 5;

export function makeAuditTimer(interval: number): AuditTimer {
  let due = 0;
  let restUntil = 0;
  let hurried = 0;
  return {
    due: () => due,
    isDue: (now) => now >= due,
    hurry(now) {
      hurried = now;
      due = Math.min(due, Math.max(now + SETTLE, restUntil));
    },
    done(started, now) {
      restUntil = now + Math.max(SETTLE, (now - started) * SHARE);
      // What moved while we looked may have been behind our back.
      due = hurried >= started ? restUntil : now + interval;
    },
  };
}
