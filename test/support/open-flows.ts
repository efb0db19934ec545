import type { Guest, Rule } from './cloud.ts';
import type { FlowSpec } from './station.ts';
import type { Watched } from './verdicts.ts';

/** Where guests serve. */
export const UDP_PORT = 5000;
export const TCP_PORT = 5001;

const INTERVAL_MS = 10;

export type FlowKind = `${FlowSpec['kind']} ${'v4' | 'v6'}`;

/** Every way in which an open flow can outlive its rule: with answers, without, pushed by either end, of one identifier. */
export const ALL_KINDS: readonly FlowKind[] = [
  'udp v4',
  'udp v6',
  'icmp v4',
  'icmp v6',
  'tcp-pull v4',
  'tcp-pull v6',
  'tcp-push v4',
  'tcp-push v6',
];

/** Rules that let everything in. */
export const ANYTHING: readonly Rule[] = [{}, { ethertype: 'IPv6' }];

/** Starts one flow of each kind; the other end serves on UDP_PORT and TCP_PORT from now on. */
export function openFlows(from: Guest, to: Guest, kinds: readonly FlowKind[] = ALL_KINDS): Promise<Watched[]> {
  return Promise.all(kinds.map((kind) => openFlow(from, to, kind)));
}

export async function openFlow(from: Guest, to: Guest, kind: FlowKind, more: Partial<FlowSpec> = {}): Promise<Watched> {
  const [what, family] = kind.split(' ') as [FlowSpec['kind'], 'v4' | 'v6'];
  const protocol = what.startsWith('tcp') ? 'tcp' : 'udp';
  const port = more.port ?? (protocol === 'tcp' ? TCP_PORT : UDP_PORT);
  if (what !== 'icmp') await to.serve(protocol, port);
  const spec = { kind: what, to: to[family], port, intervalMs: INTERVAL_MS, ...more };
  const flow = await from.start(spec);
  return { name: `${kind} from ${from[family]} to ${spec.to}`, flow, kind: what, server: to };
}
