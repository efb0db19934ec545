import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { controllerError } from './controller-errors.ts';
import type { PhysicalNetwork } from './http/resources/provider/physical-networks.ts';
import { parsePhysicalNetworks } from './parse-physical-networks.ts';

export interface ControllerOptions {
  /** Holds secrets, clouds.yaml and the embedded database. */
  readonly dataFolder: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Where agents connect: "tcp://ADDRESS:PORT" or "unix:/PATH". */
  readonly agentListen: readonly string[];
  /** How clients reach the API; undefined: as it listens. */
  readonly publicUrl: string | undefined;
  /** PostgreSQL to use; undefined: the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Largest packet between hosts, in bytes; networks get 50 bytes less. */
  readonly underlayMtu: number | undefined;
  /** Networks outside that flat and VLAN networks may be on; undefined: one named "default" with all VLAN ids. */
  readonly physicalNetworks: readonly PhysicalNetwork[] | undefined;
  /** Only give the admin a new password, and end. */
  readonly resetAdminPassword: boolean;
}

export const HELP = `Usage: netloom controller [options]

Holds what is wanted of the networks, speaks the API, tells the agents. Ready when it prints one line of JSON on stdout.

  --data-folder FOLDER      secrets, clouds.yaml, embedded database  (NETLOOM_DATA_FOLDER)
  --listen ADDRESS:PORT     the API; default 127.0.0.1:9696          (NETLOOM_LISTEN)
  --public-url URL          how clients reach it, when not so        (NETLOOM_PUBLIC_URL)
  --agent-listen ADDRESS    tcp://ADDRESS:PORT or unix:/PATH, may be given again; default tcp://127.0.0.1:9697
                                                                     (NETLOOM_AGENT_LISTEN, spaces between)
  --underlay-mtu BYTES      largest packet between hosts; default 1500 (NETLOOM_UNDERLAY_MTU)
  --physical-networks LIST  NAME or NAME:FIRST:LAST, commas between: networks outside, with VLAN ids to give out;
                            default default:1:4094                   (NETLOOM_PHYSICAL_NETWORKS)
  --reset-admin-password    write a new admin password into clouds.yaml, and end
  --help

DATABASE_URL names a PostgreSQL 15 or newer; without it the controller runs one of its own in the data folder.
Several controllers may share a database; give each the same file "installation-secret" in its data folder.`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command line, then the environment. Undefined when help is asked for. Throws OPTION_INVALID, LISTEN_INVALID, PUBLIC_URL_INVALID. */
export function readControllerOptions(words: readonly string[], env: Environment): ControllerOptions | undefined {
  const flags = parseFlags(words);
  if (flags.help) return undefined;
  const publicUrl = flags['public-url'] ?? env['NETLOOM_PUBLIC_URL'];
  const mtu = flags['underlay-mtu'] ?? env['NETLOOM_UNDERLAY_MTU'];
  const physical = flags['physical-networks'] ?? env['NETLOOM_PHYSICAL_NETWORKS'];
  return {
    dataFolder: flags['data-folder'] ?? env['NETLOOM_DATA_FOLDER'] ?? defaultFolder(),
    listen: parseListen(flags.listen ?? env['NETLOOM_LISTEN'] ?? '127.0.0.1:9696'),
    agentListen: flags['agent-listen'] ??
      env['NETLOOM_AGENT_LISTEN']?.split(/\s+/).filter(Boolean) ?? ['tcp://127.0.0.1:9697'],
    publicUrl: publicUrl === undefined ? undefined : parsePublicUrl(publicUrl),
    databaseUrl: env['DATABASE_URL'] || undefined,
    underlayMtu: mtu === undefined ? undefined : parseMtu(mtu),
    physicalNetworks: physical === undefined ? undefined : physicalNetworksOf(physical),
    resetAdminPassword: flags['reset-admin-password'] ?? false,
  };
}

function parseFlags(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        'data-folder': { type: 'string' },
        listen: { type: 'string' },
        'agent-listen': { type: 'string', multiple: true },
        'public-url': { type: 'string' },
        'underlay-mtu': { type: 'string' },
        'physical-networks': { type: 'string' },
        'reset-admin-password': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    throw controllerError('OPTION_INVALID', { reason: (cause as Error).message }, cause);
  }
}

function defaultFolder(): string {
  return process.getuid?.() === 0 ? '/var/lib/netloom' : join(homedir(), '.local/share/netloom');
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw controllerError('LISTEN_INVALID', { text });
  return { host: match[1] ?? match[2] ?? '', port };
}

function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    throw controllerError('PUBLIC_URL_INVALID', { text });
  return url.origin;
}

function parseMtu(text: string): number {
  const mtu = Number(text);
  if (!Number.isInteger(mtu) || mtu < 1330 || mtu > 65535)
    throw controllerError('OPTION_INVALID', { reason: `--underlay-mtu takes 1330 to 65535 bytes, not "${text}"` });
  return mtu;
}

function physicalNetworksOf(text: string): PhysicalNetwork[] {
  const networks = parsePhysicalNetworks(text);
  if (networks !== undefined) return networks;
  throw controllerError('OPTION_INVALID', {
    reason: `--physical-networks takes NAME or NAME:FIRST:LAST with VLAN ids from 1 to 4094, commas between, not "${text}"`,
  });
}
