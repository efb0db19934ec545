import { checkName } from './names.ts';
import type { ScenarioProblem } from './problems.ts';
import { readExpectations } from './read-expectations.ts';
import { readFirewalls } from './read-firewalls.ts';
import { readFloatingIps } from './read-floating-ips.ts';
import { readNetworks } from './read-networks.ts';
import { readRouters } from './read-routers.ts';
import { readAddressGroups, readSecurityGroups } from './read-security.ts';
import { readWorkloads } from './read-workloads.ts';
import type { HostSpec, Scenario } from './scenario.ts';
import { openSource, type Source, type Value } from './source.ts';

export type ParsedScenario = { readonly scenario: Scenario } | { readonly errors: readonly ScenarioProblem[] };

const KEYS = {
  allowed: [
    'underlay',
    'hosts',
    'networks',
    'routers',
    'floatingIps',
    'addressGroups',
    'securityGroups',
    'workloads',
    'firewalls',
    'expect',
  ],
  required: ['hosts', 'networks', 'workloads'],
};
const DRIVERS = ['bridge'] as const;
const DEFAULT_UNDERLAY_MTU = 1500;

/** Reads a scenario file; `file` names it in messages. Finds all its mistakes in one pass, in the order of the file. */
export function parseScenario(text: string, file: string): ParsedScenario {
  const source = openSource(text, file);
  // What stands in a broken file is guesswork: only the break itself is reported.
  if (source.problems.length > 0) return { errors: source.problems };
  const fields = source.keyed(source.root, source.root, 'a scenario', KEYS);
  const underlay = source.keyed(fields.get('underlay') ?? null, null, '"underlay"', { allowed: ['mtu'] });
  const underlayMtu = source.integer(underlay.get('mtu'), '"mtu" of the underlay', [576, 65_535]);
  const hosts = readHosts(source, fields.get('hosts') ?? null);
  const networks = readNetworks(source, fields.get('networks') ?? null, underlayMtu ?? DEFAULT_UNDERLAY_MTU);
  const addressGroups = readAddressGroups(source, fields.get('addressGroups') ?? null);
  const securityGroups = readSecurityGroups(source, fields.get('securityGroups') ?? null, addressGroups);
  const hostNames = hosts.map((host) => host.name);
  const workloads = readWorkloads(source, fields.get('workloads') ?? null, {
    hosts: hostNames,
    networks,
    groups: securityGroups.map((group) => group.name),
  });
  const routers = readRouters(source, fields.get('routers') ?? null, { hosts: hostNames, networks, workloads });
  const floatingIps = readFloatingIps(source, fields.get('floatingIps') ?? null, { networks, workloads, routers });
  const firewalls = readFirewalls(source, fields.get('firewalls') ?? null, workloads);
  const expect = readExpectations(source, fields.get('expect'), { networks, workloads, floatingIps });
  if (source.problems.length > 0) {
    return { errors: source.problems.sort((a, b) => a.line - b.line || a.column - b.column) };
  }
  const security = { addressGroups, securityGroups };
  return {
    scenario: {
      ...{ file, underlayMtu: underlayMtu ?? DEFAULT_UNDERLAY_MTU },
      ...{ hosts, networks, ...security, workloads, routers, floatingIps, firewalls, expect },
    },
  };
}

function readHosts(source: Source, hosts: Value): HostSpec[] {
  return source.named(hosts, '"hosts"').map((entry) => {
    checkName(source, entry, 'host');
    const place = `host "${entry.name}"`;
    const fields = source.keyed(entry.value, entry.key, place, { allowed: ['driver'] });
    return {
      name: entry.name,
      driver: source.oneOf(fields.get('driver'), `"driver" of ${place}`, DRIVERS) ?? 'bridge',
    };
  });
}
