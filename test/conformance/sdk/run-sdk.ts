import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cloud } from '../cloud.ts';
import type { Outcome } from '../outcome.ts';
import { startPython } from '../python.ts';
import { differences } from './compare.ts';

const CAPTURES = resolve(import.meta.dirname, '../../../packages/controller/test/http');

/** What may differ besides ids and times, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  'netloom:flood': 'an attribute of our own, for admins',
  standard_attr_id: 'an id',
  'provider:segmentation_id': 'drawn by each server from a range of its own',
  'binding:vif_details': "of the host's driver",
  'binding:vif_type': "of the host's driver",
  revision_number: "counts each server's own inner steps",
  hostname: 'made of the drawn address',
  fqdn: "ends in the installation's domain",
  hints: 'of an extension that the real server was too old for',
  qos_network_policy_id: 'floating IPs of the real server did not say it; replayed exchanges hold that of ports',
};

const VPN = 'VPN as a service is not part of this API';
const FWAAS = 'the real server had no firewall groups';

/** What may differ in the answer to one call, and why. */
const LEAK = 'the real server shows members here what it shows only to admins elsewhere';
const ALLOWED_ONCE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'networks: create provider vlan': {
    status: 'no data plane of ours carries VLANs yet, and a false ACTIVE would be a lie',
  },
  'routers: add_extraroutes [member]': { gw_port_id: LEAK, distributed: LEAK, ha: LEAK, ha_vr_id: LEAK },
  'routers: remove_extraroutes [member]': { gw_port_id: LEAK, distributed: LEAK, ha: LEAK, ha_vr_id: LEAK },
  'quotas: default quota [member]': {
    endpoint_group: VPN,
    vpnservice: VPN,
    ipsec_site_connection: VPN,
    ipsecpolicy: VPN,
    ikepolicy: VPN,
    firewall_group: FWAAS,
    firewall_policy: FWAAS,
    firewall_rule: FWAAS,
  },
};

interface Exchange {
  readonly title: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly body?: unknown };
}

interface Made {
  readonly topic: string;
  readonly title: string;
  /** The client failed otherwise than by an answer. */
  readonly failure: string | null;
  readonly exchange: {
    readonly method: string;
    readonly path: string;
    readonly body: unknown;
    readonly status: number;
    readonly answer: unknown;
  };
}

/** Makes the calls of calls.py and compares each exchange with the captured one. */
export async function runSdk(cloud: Cloud, only = ''): Promise<Outcome[]> {
  const names = new Map<string, string>();
  const topics = new Map<string, readonly Exchange[]>();
  const outcomes: Outcome[] = [];
  for await (const made of makeCalls(cloud)) {
    const { topic, title } = made;
    const exchanges = topics.get(topic) ?? readCaptures(topic);
    topics.set(topic, exchanges);
    const captured = exchanges.find((exchange) => exchange.title === title);
    const found = captured === undefined ? [`no capture ${topic}: ${title}`] : compare(captured, made, names);
    const name = `${topic}: ${title}`;
    if (name.includes(only))
      outcomes.push({ name, outcome: found.length === 0 ? 'passed' : 'failed', reason: found.join('\n') });
  }
  return outcomes;
}

function compare({ request, response }: Exchange, made: Made, names: Map<string, string>): string[] {
  const { method, path, body, status, answer } = made.exchange;
  if (made.failure !== null) return [made.failure];
  if (method !== request.method || shape(path) !== shape(request.path))
    return [`the call became ${method} ${path}, captured is ${request.method} ${request.path}`];
  if (status !== response.status) return [`expected ${response.status}, came ${status} ${JSON.stringify(answer)}`];
  const allowed = { ...ALLOWED, ...ALLOWED_ONCE[`${made.topic}: ${made.title}`] };
  // A captured call whose answer has no body may be written with null or without one.
  // What both name in the same place of their requests is the same thing.
  differences(request.body, body, { allowed, names, asked: '' });
  const asked = JSON.stringify(request.body) ?? '';
  return differences(response.body ?? null, answer ?? null, { allowed, names, asked });
}

/** A path without ids and query. */
function shape(path: string): string {
  return path.replace(/\?.*/, '').replace(/[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}/g, 'ID');
}

function readCaptures(topic: string): Exchange[] {
  const [file] = globSync(`**/${topic}.json`, { cwd: CAPTURES });
  return file === undefined ? [] : (JSON.parse(readFileSync(join(CAPTURES, file), 'utf8')) as Exchange[]);
}

async function* makeCalls(cloud: Cloud): AsyncGenerator<Made> {
  const child = startPython([join(import.meta.dirname, 'calls.py')], {
    OS_CLIENT_CONFIG_FILE: cloud.controller.cloudsFile,
    PUBLIC_NETWORK: cloud.publicNetwork,
  });
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Made;
  if ((await child.ended) !== 0) throw new Error(`the calls ended before their end:\n${child.complaints()}`);
}
