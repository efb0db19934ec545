import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { labError } from '../errors.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** The `netloom` command of this installation. */
export function netloom(): readonly string[] {
  return [process.execPath, createRequire(import.meta.url).resolve('netloom/bin/netloom.js')];
}

/** Programs by the Debian package that brings them. */
const ALWAYS = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
  bridge: 'iproute2',
  nft: 'nftables',
  ping: 'iputils-ping',
  udhcpc: 'udhcpc',
  dnsmasq: 'dnsmasq-base',
};
const DHCPV6 = { dhclient: 'isc-dhcp-client' };

/** Throws LAB_TOOLS naming every program that a lab of this scenario needs and the machine lacks. */
export function needPrograms(scenario: Scenario): void {
  const needed: Record<string, string> = {
    ...ALWAYS,
    ...(scenario.networks.some((network) => network.ipv6 === 'dhcpv6-stateful') ? DHCPV6 : {}),
  };
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const missing = Object.keys(needed).filter((name) => !folders.some((folder) => isExecutable(join(folder, name))));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((name) => needed[name]))].join(' ');
  throw labError('LAB_TOOLS', { programs: missing.join(', '), packages });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
