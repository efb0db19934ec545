import { canonicalAddress } from '@netloom/core/net/address';
import { canonicalMac } from '@netloom/core/net/mac';
import type { TracedPort, Tracer } from '@netloom/lab/scenario/tracer';
import { cliError } from '../cli-errors.ts';

/** Who sends a packet to whom, as people say it. */
export interface Ends {
  readonly from: string;
  readonly to: string;
  /** Address to send from; one of the sender's own where it is undefined. */
  readonly source?: string | undefined;
  /** Undefined takes IPv4 where both ends have it. */
  readonly family?: 4 | 6 | undefined;
}

export interface FoundEnds {
  readonly from: TracedPort;
  readonly source: string | undefined;
  /** IP or MAC address. */
  readonly to: string;
  /** The port that was named as the destination; undefined where an address was. */
  readonly target: TracedPort | undefined;
}

/** Finds ports by id, name or address. Throws TRACE_PORT when there is not exactly one, TRACE_FAMILY. */
export async function findEnds(ends: Ends, tracer: Tracer): Promise<FoundEnds> {
  const from = await onePort(ends.from, tracer);
  // Whoever names the sender by an address means that one of its addresses.
  const source = ends.source ?? canonicalAddress(ends.from);
  const address = canonicalAddress(ends.to) ?? canonicalMac(ends.to);
  if (address !== undefined) return { from, source, to: address, target: undefined };
  const target = await onePort(ends.to, tracer);
  const has = (addresses: readonly string[], family: 4 | 6): boolean => addresses.some((ip) => isFamily(ip, family));
  const sends = source === undefined ? from.addresses : [source];
  const wanted = ends.family === undefined ? ([4, 6] as const) : [ends.family];
  const family = wanted.find((each) => has(sends, each) && has(target.addresses, each));
  const to = family && target.addresses.find((ip) => isFamily(ip, family));
  if (to !== undefined) return { from, source, to, target };
  const words = ends.family === undefined ? 'one family' : `IPv${ends.family}`;
  throw cliError('TRACE_FAMILY', { from: ends.from, to: ends.to, family: words });
}

async function onePort(reference: string, tracer: Tracer): Promise<TracedPort> {
  const found = await tracer.find(canonicalAddress(reference) ?? reference);
  const [port] = found;
  if (port !== undefined && found.length === 1) return port;
  const lines = found.map(
    ({ id, name, network, addresses }) => `\n  ${id} ${name} on ${network}: ${addresses.join(' ')}`,
  );
  throw cliError('TRACE_PORT', { reference, count: found.length, list: lines.join('') });
}

function isFamily(ip: string, family: 4 | 6): boolean {
  return ip.includes(':') === (family === 6);
}
