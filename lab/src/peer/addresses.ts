import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressesResult } from './messages.ts';

const POLL_MS = 50;
/** IFA_F_TENTATIVE and IFA_F_DADFAILED (linux/if_addr.h). */
const NOT_USABLE = 0x40 | 0x08;

/** Waits until this network namespace has every address, canonical text, in usable state. */
export async function awaitAddresses(wanted: readonly string[], timeoutMs: number): Promise<AddressesResult> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const have = await usableAddresses();
    const missing = wanted.filter((address) => !have.has(address));
    if (missing.length === 0 || performance.now() >= deadline) return { missing };
    await sleep(POLL_MS);
  }
}

/** IPv6 addresses and their flags are of one reading: an address that comes in between would count as checked. */
async function usableAddresses(): Promise<{ has(address: string): boolean }> {
  const usable = await usableIpv6();
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const ipv4 = new Set(all.filter(({ family }) => family === 'IPv4').map(({ address }) => address));
  return { has: (address) => (address.includes(':') ? usable.has(hexOf(address)) : ipv4.has(address)) };
}

/** Lines of if_inet6: address, index, prefix length, scope, flags, device; all in hexadecimal. */
async function usableIpv6(): Promise<Set<string>> {
  const text = await readFile('/proc/net/if_inet6', 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.split(/\s+/));
  return new Set(
    lines.filter((line) => (Number.parseInt(line[4] ?? '0', 16) & NOT_USABLE) === 0).map((line) => line[0] ?? ''),
  );
}

/** 32 hexadecimal digits of an IPv6 address as the system writes it; IPv4 stays as it is. */
function hexOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('');
}
