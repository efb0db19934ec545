import { parseArgs } from 'node:util';
import { parseLinkAddress } from '@netloom/api/link/link-address';
import { CodedError } from '@netloom/core/errors/coded-error';
import { agentError } from './agent-errors.ts';

/** What `netloom agent` is told on its command line and by its environment. */
export interface MainOptions {
  /** Empty: the host that the key names. */
  readonly host: string;
  readonly controllers: readonly string[];
  readonly keyFile: string;
  readonly driver: string;
  readonly underlay: { readonly address?: string; readonly device?: string };
  readonly namespace: string;
  readonly dataFolder: string;
  readonly auditSeconds: number;
  readonly logLevel: string;
}

export const USAGE = `Usage: netloom agent --controller ADDRESS --key-file FILE [options]

Keeps the data plane of one host as its controller says, also while no controller can be reached.
When it ends, however it ends, the data plane stays as it is.

  --controller ADDRESS      tcp://host:port or unix:/path; repeat it for several controllers
  --key-file FILE           holds the host's link key (mode 0600)
  --host NAME               name of this host (default: the one in the key)
  --driver KIND             bridge or memory (default: bridge)
  --underlay-address IP     where this host's tunnels end (default: the address of --underlay-device)
  --underlay-device DEVICE  device of the underlay (default: that of the default route)
  --namespace NAME          network namespace of the data plane (default: netloom)
  --data-folder FOLDER      what must outlive the agent (default: /var/lib/netloom/agent)
  --audit-seconds N         time between full audits (default: 60)
  --log-level LEVEL         debug, info, warn or error (default: info)
  --help

Each option can come from the environment instead: --key-file as NETLOOM_KEY_FILE, --controller as
NETLOOM_CONTROLLER with spaces between several.

Exit codes: 0 ended by a signal; 1 could not start, with the reason in words; 2 wrong usage.
`;

const NAMES = [
  'host',
  'key-file',
  'driver',
  'underlay-address',
  'underlay-device',
  'namespace',
  'data-folder',
  'audit-seconds',
  'log-level',
] as const;
type Name = (typeof NAMES)[number];

const LEVELS = ['debug', 'info', 'warn', 'error'];

/** Undefined when help is asked for; throws AGENT_OPTION. The command line outweighs the environment. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): MainOptions | undefined {
  const given = parse(args);
  if (given.help) return undefined;
  const value = (name: Name): string | undefined => given.texts[name] ?? (env[variableOf(name)] || undefined);
  const controllers = given.controllers ?? (env[variableOf('controller')] ?? '').split(/\s+/).filter(Boolean);
  if (controllers.length === 0) throw bad('controller', 'at least one is needed');
  for (const address of controllers) checkAddress(address);
  const keyFile = value('key-file') ?? '';
  if (keyFile === '') throw bad('key-file', 'it is needed');
  const auditText = value('audit-seconds') ?? '60';
  const auditSeconds = Number(auditText);
  if (!/^\d+(\.\d+)?$/.test(auditText) || auditSeconds < 1 || auditSeconds > 86_400)
    throw bad('audit-seconds', `"${auditText}" is no number from 1 to 86400`);
  const logLevel = value('log-level') ?? 'info';
  if (!LEVELS.includes(logLevel)) throw bad('log-level', `"${logLevel}" is none of ${LEVELS.join(', ')}`);
  const address = value('underlay-address');
  const device = value('underlay-device');
  return {
    host: value('host') ?? '',
    controllers,
    keyFile,
    driver: value('driver') ?? 'bridge',
    underlay: { ...(address === undefined ? {} : { address }), ...(device === undefined ? {} : { device }) },
    namespace: value('namespace') ?? 'netloom',
    dataFolder: value('data-folder') ?? '/var/lib/netloom/agent',
    auditSeconds,
    logLevel,
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...(Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }])) as Record<Name, { type: 'string' }>),
        controller: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { controller, help, ...texts } = values;
    return { controllers: controller, help: help === true, texts: texts as Partial<Record<Name, string>> };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw agentError('AGENT_OPTION', { option: args.join(' '), reason, variable: 'NETLOOM_...' }, cause);
  }
}

function checkAddress(address: string): void {
  try {
    parseLinkAddress(address);
  } catch (error) {
    if (error instanceof CodedError) throw bad('controller', `${error.message}. ${error.remedy}`, error);
    throw error;
  }
}

function variableOf(name: string): string {
  return `NETLOOM_${name.toUpperCase().replaceAll('-', '_')}`;
}

function bad(name: Name | 'controller', reason: string, cause?: unknown): CodedError {
  return agentError('AGENT_OPTION', { option: `--${name}`, reason, variable: variableOf(name) }, cause);
}
