import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connect, type NetloomClient } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import type { PortBody } from '@netloom/api/client/resources';
import { tapName } from '@netloom/core/net/device';
import { Command } from 'commander';
import { cliError } from '../cli-errors.ts';

const run = promisify(execFile);

interface PlugFlags {
  readonly netns?: string;
  readonly device?: string;
  readonly name: string;
}

/** `netloom plug`: joins a namespace or a device on this host to a port; the host's agent takes it from there. */
export function plugCommand(): Command {
  return new Command('plug')
    .description('join a network namespace, or a device such as a tap, on this host to a port (id or name)')
    .argument('<port>', 'id or unique name')
    .option('--netns <name>', 'namespace that gets an interface of the port')
    .option('--name <interface>', 'with --netns: name of that interface', 'eth0')
    .option('--device <device>', 'existing device of this host that becomes the port')
    .addHelpText('after', '\nGive --netns or --device. The port must be bound to this host (binding:host_id).')
    .action(async (reference: string, flags: PlugFlags) => {
      if ((flags.netns === undefined) === (flags.device === undefined)) throw cliError('PLUG_WHAT');
      const client = await connect(await findCredentials());
      const port = await findPort(client, reference);
      const network = await client.networks.get(port.network_id);
      const tap = tapName(port.id);
      if (flags.device !== undefined) await rename(flags.device, tap);
      else await join({ tap, port, mtu: network.mtu, netns: flags.netns ?? '', name: flags.name });
      const addresses = port.fixed_ips.map(({ ip_address }) => ip_address).join(', ');
      console.log(`plugged ${tap}: port ${port.name || port.id}, ${port.mac_address}, ${addresses}`);
      if (!port['binding:host_id']) console.log('the port is bound to no host yet: set binding:host_id to this one');
    });
}

async function findPort(client: NetloomClient, reference: string): Promise<PortBody> {
  const byId = await client.ports.list({ id: reference });
  const found = byId.length > 0 ? byId : await client.ports.list({ name: reference });
  const [port] = found;
  if (port === undefined || found.length > 1) throw cliError('PLUG_PORT', { reference, count: found.length });
  return port;
}

async function join(plug: { tap: string; port: PortBody; mtu: number; netns: string; name: string }): Promise<void> {
  const { tap, port, netns, name } = plug;
  const mtu = String(plug.mtu);
  const peer = ['peer', 'name', name, 'mtu', mtu, 'address', port.mac_address, 'netns', netns];
  await ip('link', 'add', 'name', tap, 'mtu', mtu, 'type', 'veth', ...peer);
  await ip('-n', netns, 'link', 'set', name, 'up');
  await ip('link', 'set', tap, 'addrgenmode', 'none', 'up');
}

async function rename(device: string, tap: string): Promise<void> {
  await ip('link', 'set', device, 'down');
  await ip('link', 'set', device, 'addrgenmode', 'none', 'name', tap);
}

async function ip(...words: string[]): Promise<void> {
  try {
    await run('ip', words, { env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } });
  } catch (cause) {
    const reason = (cause as { stderr?: string }).stderr?.trim() || (cause as Error).message;
    throw cliError('PLUG_KERNEL', { command: `ip ${words.join(' ')}`, reason }, cause);
  }
}
