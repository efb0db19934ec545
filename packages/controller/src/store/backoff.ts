/** Milliseconds to wait before trying again what failed `attempt` + 1 times: 20 ms doubling to `most`, each spread over half to all of it. */
export function backoff(attempt: number, most = 5000): number {
  return Math.min(most, 20 * 2 ** Math.min(attempt, 20)) * (0.5 + Math.random() / 2);
}
