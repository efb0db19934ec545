import { canonicalAddress } from '@netloom/core/net/address';
import { unknownReference } from './names.ts';
import { outsideProblem } from './outside-address.ts';
import type { FloatingIpSpec, NetworkSpec, RouterSpec, WorkloadSpec } from './scenario.ts';
import type { Entry, Source, Value } from './source.ts';

const KEYS = { allowed: ['router', 'ip'] };

interface Known {
  readonly networks: readonly NetworkSpec[];
  readonly workloads: readonly WorkloadSpec[];
  readonly routers: readonly RouterSpec[];
}

/** "floatingIps": workloads, each with the router that translates for it and the address outside. */
export function readFloatingIps(source: Source, value: Value, known: Known): FloatingIpSpec[] {
  const taken = takenBy(known);
  return source.named(value, '"floatingIps"').flatMap((entry) => readOne(source, entry, { ...known, taken }) ?? []);
}

function readOne(
  source: Source,
  entry: Entry,
  known: Known & { readonly taken: Map<string, string> },
): FloatingIpSpec | undefined {
  const place = `the floating IP of workload "${entry.name}"`;
  const fields = source.keyed(entry.value, entry.key, place, KEYS);
  const names = known.workloads.map(({ name }) => name);
  const workload = known.workloads.find(({ name }) => name === entry.name);
  if (workload === undefined) {
    source.report(entry.key, 'LAB_UNKNOWN_REFERENCE', unknownReference('workload', entry.name, names));
    return undefined;
  }
  const { name } = workload;
  const refuse = (reason: string): undefined => {
    source.report(entry.key, 'LAB_FLOATING_IP', { workload: name, reason });
    return undefined;
  };
  const asked = source.text(fields.get('router'), `"router" of ${place}`);
  if (asked !== undefined && !known.routers.some((each) => each.name === asked)) {
    const routers = known.routers.map((each) => each.name);
    source.report(fields.get('router') ?? null, 'LAB_UNKNOWN_REFERENCE', unknownReference('router', asked, routers));
    return undefined;
  }
  const able = known.routers.filter(
    (each) => each.gateway !== null && each.legs.some((leg) => leg.network === workload.network),
  );
  const meant = asked === undefined ? able : able.filter((each) => each.name === asked);
  const [router] = meant;
  if (router === undefined || router.gateway === null) {
    const who = asked === undefined ? 'no router' : `router "${asked}" does not`;
    return refuse(
      asked === undefined
        ? `${who} with a gateway is on network "${workload.network}"`
        : `${who} have a gateway and an interface on network "${workload.network}"`,
    );
  }
  if (meant.length > 1)
    return refuse(`it can be of router ${meant.map((each) => `"${each.name}"`).join(' or ')}: say which`);
  const { network: outside } = router.gateway;
  const network = known.networks.find((each) => each.name === outside);
  const lacking = [workload.network, outside].find((each) => !hasIpv4(known.networks, each));
  if (network === undefined || lacking !== undefined) return refuse(`network "${lacking ?? outside}" has no IPv4`);
  const text = source.text(fields.get('ip'), `"ip" of ${place}`);
  if (text === undefined) return { workload: name, router: router.name, network: outside, ip: null };
  const problem = outsideProblem(text, { network, taken: known.taken });
  if (problem !== undefined) source.report(fields.get('ip') ?? null, problem.code, problem.details);
  else if (text.includes(':')) return refuse(`${text} is not IPv4, and IPv6 is not translated`);
  const ip = canonicalAddress(text) ?? null;
  if (ip !== null) known.taken.set(`${outside} ${ip}`, place);
  return { workload: name, router: router.name, network: outside, ip };
}

function takenBy({ workloads, routers }: Known): Map<string, string> {
  return new Map([
    ...workloads.flatMap(({ name, network, ips }) => ips.map((ip): [string, string] => [`${network} ${ip}`, name])),
    ...routers.flatMap(({ name, legs, gateway }) => [
      ...legs.flatMap(({ network, ips }) => ips.map((ip): [string, string] => [`${network} ${ip}`, `router ${name}`])),
      ...(gateway?.ip ? [[`${gateway.network} ${gateway.ip}`, `the gateway of router ${name}`] as const] : []),
    ]),
  ]);
}

function hasIpv4(networks: readonly NetworkSpec[], name: string): boolean {
  const network = networks.find((each) => each.name === name);
  return network?.subnets.some(({ family }) => family === 4) ?? false;
}
