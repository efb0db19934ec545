import { canonicalAddress } from '@netloom/core/net/address';
import { unknownReference } from './names.ts';
import { outsideProblem } from './outside-address.ts';
import type { GatewaySpec, NetworkSpec } from './scenario.ts';
import type { Source, Value } from './source.ts';

const KEYS = { allowed: ['network', 'host', 'ip', 'snat'], required: ['network'] };

interface About {
  readonly router: string;
  readonly networks: readonly NetworkSpec[];
  readonly hosts: readonly string[];
  /** Who has an address already, by "network address". */
  readonly taken: Map<string, string>;
}

/** "gateway" of a router: its way out over an external network. */
export function readGateway(source: Source, value: Value | undefined, about: About): GatewaySpec | null {
  const { router, networks, hosts, taken } = about;
  if (value === undefined || value === null) return null;
  const place = `the gateway of router "${router}"`;
  const fields = source.keyed(value, value, place, KEYS);
  const [networkNode = null, hostNode = null, ipNode = null] = ['network', 'host', 'ip'].map((key) => fields.get(key));
  const name = source.text(networkNode, `"network" of ${place}`);
  const host = source.text(hostNode, `"host" of ${place}`) ?? null;
  const snat = source.flag(fields.get('snat'), `"snat" of ${place}`) ?? true;
  if (host !== null && !hosts.includes(host))
    source.report(hostNode, 'LAB_UNKNOWN_REFERENCE', unknownReference('host', host, hosts));
  if (name === undefined) return null;
  const network = networks.find((each) => each.name === name);
  if (network === undefined) {
    const names = networks.map((each) => each.name);
    source.report(networkNode, 'LAB_UNKNOWN_REFERENCE', unknownReference('network', name, names));
    return null;
  }
  if (!network.external) source.report(networkNode, 'LAB_GATEWAY', { router, network: name });
  const text = source.text(ipNode, `"ip" of ${place}`);
  if (text === undefined) return { network: name, host, snat, ip: null };
  const problem = outsideProblem(text, { network, taken });
  if (problem !== undefined) source.report(ipNode, problem.code, problem.details);
  const ip = canonicalAddress(text) ?? null;
  if (ip !== null) taken.set(`${name} ${ip}`, `the gateway of router ${router}`);
  return { network: name, host, snat, ip };
}
