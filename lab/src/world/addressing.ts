import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labError } from '../errors.ts';
import { gatewayOf, type NetworkSpec } from '../scenario/scenario.ts';
import { type Cell, ipBatch } from './cell.ts';
import { DHCLIENT_SCRIPT, UDHCPC_SCRIPT } from './dhcp-scripts.ts';

/** How a workload comes to its addresses; `renew` is undefined where no DHCPv4 client runs. */
export interface Addressing {
  /** Asks the DHCP server to extend the lease now; gives what it answered, by udhcpc's names. Throws LAB_COMMAND. */
  readonly renew: ((timeoutMs: number) => Promise<Readonly<Record<string, string>>>) | undefined;
}

export interface AddressingOptions {
  readonly workload: Cell;
  /** For files of its own; there already. */
  readonly folder: string;
  readonly hostname: string;
  readonly network: NetworkSpec;
  readonly mtu: number;
  /** Addresses of its port with their prefix lengths, "10.0.0.5/24". */
  readonly addresses: readonly string[];
}

/* Option names of udhcpc that it does not ask for by itself. */
const ASK = ['mtu', 'staticroutes', 'search', 'ntpsrv', 'tftp', 'bootfile'].flatMap((name) => ['-O', name]);

/**
 * Starts what a guest would: a DHCP client for IPv4, another for DHCPv6 where the network is stateful; SLAAC the kernel
 * does. On a network without DHCP addresses and gateways are set by hand.
 */
export async function startAddressing(options: AddressingOptions): Promise<Addressing> {
  const { workload, network, folder } = options;
  if (!network.dhcp) {
    await ipBatch(workload, [
      `link set eth0 mtu ${options.mtu}`,
      ...options.addresses.map(
        (address) => `address replace ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`,
      ),
      ...network.subnets
        .filter(({ cidr }) => !options.addresses.some((address) => address.split('/')[0] === gatewayOf(cidr)))
        .map(({ cidr }) => `route replace default via ${gatewayOf(cidr)} dev eth0 onlink`),
    ]);
    return { renew: undefined };
  }
  await mkdir(folder, { recursive: true });
  if (network.ipv6 === 'dhcpv6-stateful') await startDhclient(options);
  if (!network.subnets.some((subnet) => subnet.family === 4)) return { renew: undefined };
  const client = await startUdhcpc(options);
  return { renew: (timeoutMs) => renew(client, { folder, place: workload.name, timeoutMs }) };
}

async function startUdhcpc({ workload, folder, hostname }: AddressingOptions): Promise<ChildProcess> {
  const script = join(folder, 'udhcpc-script');
  await writeFile(script, UDHCPC_SCRIPT, { mode: 0o755 });
  const argv = [
    'udhcpc',
    '-f',
    '-i',
    'eth0',
    '-s',
    script,
    '-x',
    `hostname:${hostname}`,
    '-t',
    '5',
    '-T',
    '1',
    '-A',
    '1',
  ];
  return startClient(workload, [...argv, ...ASK], folder);
}

async function startDhclient({ workload, folder }: AddressingOptions): Promise<ChildProcess> {
  const script = join(folder, 'dhclient-script');
  await writeFile(script, DHCLIENT_SCRIPT, { mode: 0o755 });
  const files = ['-lf', join(folder, 'dhclient6.leases'), '-pf', join(folder, 'dhclient6.pid'), '-cf', '/dev/null'];
  // It gives up while the link-local address is still being checked for a duplicate.
  const wait = 'while ! grep -q "^fe80.* [0-9a-f]*[08]0 *eth0$" /proc/net/if_inet6; do sleep 0.1; done; exec "$@"';
  const argv = ['dhclient', '-6', '-d', '-D', 'LL', '-sf', script, ...files, 'eth0'];
  return startClient(workload, ['sh', '-c', wait, 'sh', ...argv], folder);
}

async function startClient(workload: Cell, argv: readonly string[], folder: string): Promise<ChildProcess> {
  const log = await open(join(folder, 'dhcp.log'), 'a');
  const [program = '', ...args] = [...workload.enter, ...argv];
  const child = spawn(program, args, {
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, NETLOOM_LAB_CELL: folder },
  });
  child.on('error', () => undefined);
  await log.close();
  return child;
}

async function renew(
  client: ChildProcess,
  options: { readonly folder: string; readonly place: string; readonly timeoutMs: number },
): Promise<Record<string, string>> {
  const file = join(options.folder, 'lease');
  const before = await readFile(file, 'utf8').catch(() => '');
  const changed = Promise.withResolvers<string>();
  const look = async (): Promise<void> => {
    const now = await readFile(file, 'utf8').catch(() => '');
    if (now !== before && now !== '') changed.resolve(now);
  };
  const watcher = watch(options.folder, () => void look());
  const timer = setTimeout(() => {
    const reason = `no answer to a renewal within ${options.timeoutMs} ms`;
    changed.reject(labError('LAB_COMMAND', { what: 'udhcpc', place: options.place, reason }));
  }, options.timeoutMs);
  try {
    client.kill('SIGUSR1');
    const lines = (await changed.promise).split('\n').filter((line) => line.includes('='));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  } finally {
    clearTimeout(timer);
    watcher.close();
  }
}
