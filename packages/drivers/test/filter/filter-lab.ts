import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Step } from '@netloom/core/delta/diff';
import { itemId } from '@netloom/core/delta/items';
import type { HostTables } from '@netloom/core/tables/host-tables';
import type { Driver, StepOutcome } from '../../src/driver.ts';
import { tries } from '../emulated-host.ts';

const SCRIPT = new URL('traffic.py', import.meta.url).pathname;
const { signal } = new AbortController();

export function stepsTo(driver: Driver, tables: HostTables): Promise<Step[]> {
  return driver.observe(signal).then((actual) => driver.diff(driver.render(tables), actual));
}

/** Brings a host to a view; everything must be done, and nothing be left to do. */
export async function converge(driver: Driver, tables: HostTables): Promise<void> {
  assert.deepEqual(await notDone(driver, tables), []);
  assert.deepEqual(await stepsTo(driver, tables), []);
}

/** Brings a host to a view; gives the items that were not done, with the outcome. */
export async function notDone(driver: Driver, tables: HostTables): Promise<[string, StepOutcome | undefined][]> {
  const steps = await stepsTo(driver, tables);
  const outcomes = await driver.apply(steps, signal);
  return steps.flatMap((step, i) =>
    outcomes[i]?.result === 'done' ? [] : [[itemId(step.item), outcomes[i]] as [string, StepOutcome | undefined]],
  );
}

/** A running traffic program in a workload. */
export interface Traffic extends Disposable {
  /** Messages that came back so far. */
  readonly messages: readonly string[];
  /** Settles when one more message came back; rejects after 6 s. */
  goesOn(): Promise<void>;
  /** Messages that come back from now on, for some time. */
  stillComes(): Promise<number>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function start(
  namespace: string,
  words: readonly string[],
): { child: ChildProcess; lines: string[]; closed: Promise<number | null>; arrived: () => Promise<void> } {
  // Its own process, not a wrapper's: killing it must end it.
  const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, '--', ...words], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  running.add(child);
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  void closed.then(() => running.delete(child));
  const lines: string[] = [];
  let next = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    next.resolve();
    next = Promise.withResolvers();
  });
  return { child, lines, closed, arrived: () => next.promise };
}

function trafficOf(namespace: string, words: readonly string[]): Traffic {
  const { child, lines, arrived } = start(namespace, words);
  return {
    messages: lines,
    async goesOn() {
      const patience = delay(6_000, 'late', { ref: false });
      if ((await Promise.race([arrived(), patience])) === 'late') assert.fail(`nothing comes back: ${words.join(' ')}`);
    },
    async stillComes() {
      // What is on its way through the pipe came before.
      await delay(40);
      const before = lines.length;
      await delay(250);
      return lines.length - before;
    },
    [Symbol.dispose]() {
      child.kill('SIGKILL');
    },
  };
}

/** Echo and streams in a workload, ready to be spoken to. */
export async function serve(namespace: string): Promise<Traffic> {
  const traffic = trafficOf(namespace, ['python3', SCRIPT, 'serve']);
  await traffic.goesOn();
  return traffic;
}

export type FlowKind = 'udp' | 'tcp' | 'push' | 'icmp' | 'fragments';

/** An open flow that goes on and on. */
export function openFlow(namespace: string, kind: FlowKind, ip: string): Traffic {
  if (kind === 'icmp') return trafficOf(namespace, ['ping', '-i', '0.02', ip]);
  const script = ['python3', SCRIPT, 'flow'];
  if (kind === 'fragments') return trafficOf(namespace, [...script, 'udp', ip, '4000']);
  return trafficOf(namespace, [...script, kind, ip]);
}

/** Sends frames from a workload, one after the other, `rounds` times over. */
export async function sendFrames(namespace: string, frames: readonly string[], rounds: number): Promise<void> {
  const { child, closed } = start(namespace, ['python3', SCRIPT, 'send', 'eth0', String(rounds)]);
  child.stdin?.end(frames.map((frame) => `${frame}\n`).join(''));
  await closed;
}

/** Frames that reach a workload while `body` runs, as hexadecimal text. */
export async function catchFrames(namespace: string, body: () => Promise<unknown>): Promise<string[]> {
  const { child, lines, arrived, closed } = start(namespace, ['python3', SCRIPT, 'catch', 'eth0']);
  await arrived();
  try {
    await body();
    await delay(100);
  } finally {
    child.stdin?.end();
  }
  await closed;
  return lines.slice(1);
}

export function pings(namespace: string, ip: string): Promise<boolean> {
  return tries(`nsenter --net=/run/netns/${namespace} -- ping -q -c 1 -W 0.4 ${ip}`);
}

/** True when a TCP connection to the server's echo is answered. */
export async function connects(namespace: string, ip: string): Promise<boolean> {
  const code = `import socket; s = socket.create_connection(("${ip}", 7), timeout=0.4); s.send(b"x"); assert s.recv(1) == b"x"`;
  return (await start(namespace, ['python3', '-c', code]).closed) === 0;
}
