import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { diffItems, type Step } from '@netloom/core/delta/diff';
import { itemsOf } from '@netloom/core/delta/items';
import type { HostTables } from '@netloom/core/tables/host-tables';
import { DHCP_KIND } from '../../src/dhcp/dhcp-item.ts';
import { openDhcpService } from '../../src/dhcp/dhcp-service.ts';
import { renderDhcp } from '../../src/dhcp/render-dhcp.ts';
import type { HostService } from '../../src/services/host-service.ts';

export const STATE = '/run/netloom/dhcp';
export const SIGNAL = new AbortController().signal;

const exec = promisify(execFile);

/** Output of a command that must succeed. */
export async function sh(command: string): Promise<string> {
  return (await exec('sh', ['-ec', command])).stdout;
}

/** The data plane with one bridge, and a service for it. */
export async function openLab(): Promise<HostService> {
  mkdirSync(STATE, { recursive: true });
  await sh(`ip netns add dp; ip -n dp link set lo up
    ip -n dp link add name br5001 mtu 1450 type bridge mcast_snooping 0 forward_delay 0
    ip -n dp link set br5001 addrgenmode none; ip -n dp link set br5001 up`);
  return openService();
}

export function openService(): HostService {
  return openDhcpService({ dataPlaneNamespace: 'dp', hostPrefix: 'h1', stateFolder: STATE });
}

/** A workload: a namespace with eth0 on the bridge. */
export async function plug(name: string, mac: string): Promise<void> {
  await sh(`ip netns add ${name}
    nsenter --net=/run/netns/${name} sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad'
    ip -n dp link add tap${name} mtu 1450 type veth peer name eth0 netns ${name} address ${mac} mtu 1450
    ip -n dp link set tap${name} addrgenmode none; ip -n dp link set tap${name} master br5001 up
    ip -n ${name} link set lo up; ip -n ${name} link set eth0 up`);
}

export async function steps(service: HostService, tables: HostTables): Promise<Step[]> {
  return diffItems(itemsOf(renderDhcp(tables)), itemsOf(await service.observe(SIGNAL)), [DHCP_KIND]);
}

/** Applies what the tables ask for; afterwards nothing may be left to do. */
export async function converge(service: HostService, tables: HostTables): Promise<void> {
  for (const step of await steps(service, tables))
    assert.deepEqual(await service.apply(step, SIGNAL), { result: 'done' });
  assert.deepEqual(await steps(service, tables), []);
}

export function serverPid(): number {
  return Number(readFileSync(`${STATE}/5001/pid`, 'utf8'));
}

/** What a client was told, by the names udhcpc or dhclient give it. */
export type Answer = Readonly<Record<string, string>>;

/** Writes the event's environment to FILE.EVENT and sets the address, which a renewal needs. */
function clientScript(file: string): string {
  const path = `${file}.sh`;
  const text = `#!/bin/sh
[ -n "$ip" ] && ip addr replace "$ip/$mask" dev "$interface"
env > "${file}.tmp" && mv "${file}.tmp" "${file}.\${1:-$reason}"
`;
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

function readAnswer(path: string): Answer | undefined {
  if (!existsSync(path)) return undefined;
  return Object.fromEntries(
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
}

const UDHCPC = 'udhcpc -i eth0 -f -t 3 -T 1 -O mtu -O staticroutes -O hostname -O domain -O bootfile -O tftp -O ntpsrv';

/** Asks once by DHCPv4; undefined when nobody answers within 3 s. */
export async function ask4(name: string): Promise<Answer | undefined> {
  const file = `/run/${name}.4`;
  rmSync(`${file}.bound`, { force: true });
  await sh(`nsenter --net=/run/netns/${name} ${UDHCPC} -n -q -s ${clientScript(file)} 2>&1 || true`);
  return readAnswer(`${file}.bound`);
}

/** A DHCPv4 client that stays, to renew when told. */
export async function client4(name: string): Promise<{ renew(): Promise<Answer>; [Symbol.dispose](): void }> {
  const file = `/run/${name}.stay`;
  const args = [`--net=/run/netns/${name}`, ...UDHCPC.split(' '), '-s', clientScript(file)];
  const child: ChildProcess = spawn('nsenter', args, { stdio: 'ignore' });
  await appears(`${file}.bound`);
  return {
    async renew() {
      rmSync(`${file}.renew`, { force: true });
      child.kill('SIGUSR1');
      return await appears(`${file}.renew`);
    },
    [Symbol.dispose]() {
      child.kill('SIGKILL');
    },
  };
}

/** Asks once by DHCPv6: for an address or, `stateless`, for options only. Undefined when nobody answers in time. */
export async function ask6(
  name: string,
  how: 'stateful' | 'stateless',
  patienceMs = 5_000,
): Promise<Answer | undefined> {
  const file = `/run/${name}.6`;
  const event = `${file}.${how === 'stateful' ? 'BOUND6' : 'RENEW6'}`;
  rmSync(event, { force: true });
  // With an old lease the client would only confirm that.
  rmSync(`${file}.leases`, { force: true });
  const flags = how === 'stateful' ? '-N' : '-S';
  const command = `dhclient -6 ${flags} -1 -d -D LL -sf ${clientScript(file)} -lf ${file}.leases -pf ${file}.pid eth0`;
  const child = spawn('nsenter', [`--net=/run/netns/${name}`, ...command.split(' ')], { stdio: 'ignore' });
  const answer = await appears(event, patienceMs).catch(() => undefined);
  child.kill('SIGKILL');
  return answer;
}

async function appears(path: string, patienceMs = 5_000): Promise<Answer> {
  for (let waited = 0; waited < patienceMs; waited += 50) {
    const answer = readAnswer(path);
    if (answer !== undefined) return answer;
    await sleep(50);
  }
  throw new Error(`nothing wrote ${path} within ${patienceMs} ms`);
}

/** busybox nslookup's whole answer, errors included. */
export async function lookUp(name: string, question: string, server = '10.0.0.2'): Promise<string> {
  return await sh(`nsenter --net=/run/netns/${name} busybox nslookup ${question} ${server} 2>&1 || true`);
}

/** The router advertisement that answers a solicitation of the workload, as tcpdump prints it; empty when none comes within 2 s. */
export async function advertisement(name: string): Promise<string> {
  // Down and up again makes the kernel solicit.
  const seen =
    await sh(`nsenter --net=/run/netns/${name} timeout 2 tcpdump -i eth0 -c 1 -nn -vv 'icmp6 and ip6[40] == 134' 2>/dev/null &
    sleep 0.3; ip -n ${name} link set eth0 down; ip -n ${name} link set eth0 up; wait`);
  return seen.trim();
}
