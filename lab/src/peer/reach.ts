import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { ProbeAnswer, ProbeQuestion, Reach, ReachResult } from './messages.ts';
import { TCP_PADDING } from './serve.ts';

const RESEND_MS = 200;

/** Sends one probe and waits for the answer to it, at most `timeoutMs`. Never throws: silence is a result. */
export function reach(probe: Reach): Promise<ReachResult> {
  if (probe.protocol === 'icmp') return reachIcmp(probe);
  return probe.protocol === 'tcp' ? reachTcp(probe) : reachUdp(probe);
}

function silent(reason: string): ReachResult {
  return { answered: false, name: null, rttMs: null, reason };
}

function reachTcp(probe: Reach): Promise<ReachResult> {
  const { promise, resolve } = Promise.withResolvers<ReachResult>();
  const nonce = randomUUID();
  const start = performance.now();
  let rttMs: number | null = null;
  let text = '';
  const socket = connect({
    ...{ host: probe.address, port: probe.port },
    ...(probe.source === null ? {} : { localAddress: probe.source }),
  });
  const finish = (result: ReachResult): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve(result);
  };
  const timer = setTimeout(
    () => finish(silent(rttMs === null ? 'no answer' : 'connected, but its answer did not come whole')),
    probe.timeoutMs,
  );
  socket.setEncoding('utf8');
  socket.on('connect', () => {
    rttMs = performance.now() - start;
    // The padding goes out too, so that both directions carry full-size packets.
    socket.write(`${JSON.stringify({ nonce } satisfies ProbeQuestion)}${' '.repeat(TCP_PADDING)}\n`);
  });
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0 || text.length < end + 1 + TCP_PADDING) return;
    const answer = JSON.parse(text.slice(0, end)) as ProbeAnswer;
    if (answer.nonce !== nonce) finish(silent('an answer to something else came'));
    else finish({ answered: true, name: answer.name, rttMs, reason: '' });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => finish(silent(error.code ?? error.message)));
  socket.on('close', () => finish(silent('closed without an answer')));
  return promise;
}

function reachUdp(probe: Reach): Promise<ReachResult> {
  const { promise, resolve } = Promise.withResolvers<ReachResult>();
  const sentAt = new Map<string, number>();
  const socket = createSocket(probe.address.includes(':') ? 'udp6' : 'udp4');
  let reason = 'no answer';
  const finish = (result: ReachResult): void => {
    clearTimeout(timer);
    clearInterval(again);
    socket.close();
    resolve(result);
  };
  const send = (): void => {
    const nonce = randomUUID();
    sentAt.set(nonce, performance.now());
    socket.send(JSON.stringify({ nonce } satisfies ProbeQuestion), probe.port, probe.address, (error) => {
      if (error) reason = (error as NodeJS.ErrnoException).code ?? error.message;
    });
  };
  socket.on('message', (data) => {
    const answer = JSON.parse(data.toString()) as ProbeAnswer;
    const sent = sentAt.get(answer.nonce);
    if (sent !== undefined) finish({ answered: true, name: answer.name, rttMs: performance.now() - sent, reason: '' });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  const timer = setTimeout(() => finish(silent(reason)), probe.timeoutMs);
  let again: NodeJS.Timeout | undefined;
  socket.bind({ ...(probe.source === null ? {} : { address: probe.source }) }, () => {
    again = setInterval(send, RESEND_MS);
    send();
  });
  return promise;
}

function reachIcmp(probe: Reach): Promise<ReachResult> {
  const { promise, resolve } = Promise.withResolvers<ReachResult>();
  const family = probe.address.includes(':') ? '-6' : '-4';
  const source = probe.source === null ? [] : ['-I', probe.source];
  const args = [family, '-n', '-c', '3', '-i', '0.2', '-W', '1', ...source, probe.address];
  execFile('ping', args, { timeout: probe.timeoutMs, env: { ...process.env, LC_ALL: 'C' } }, (_, stdout, stderr) => {
    const received = Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
    const rtt = /= ([\d.]+)\//.exec(stdout)?.[1];
    if (received > 0)
      resolve({ answered: true, name: null, rttMs: rtt === undefined ? null : Number(rtt), reason: '' });
    else resolve(silent(/unreachable/i.exec(stdout)?.[0]?.toLowerCase() ?? (stderr.trim() || 'no answer')));
  });
  return promise;
}
