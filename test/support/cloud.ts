import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpClient, openHttpClient } from '@netloom/api/client/http';
import type { PortBody } from '@netloom/api/client/resources';
import { tapName } from '@netloom/core/net/device';
import { liftQuotas } from './lift-quotas.ts';
import { openLab, type TestLab } from './open-lab.ts';
import { now, openStation, type Station } from './station.ts';

/** A rule of a security group, by the names of the Networking API; "ingress" and "IPv4" unless told. */
export type Rule = Readonly<Record<string, string | number>>;

export interface GuestSpec {
  readonly host: string;
  /** Security groups; none unless told. */
  readonly groups?: readonly string[];
  /** More attributes of its port. */
  readonly port?: object;
}

/** A workload plugged by hand, with `eth0` as its only device. */
export interface Guest extends Station {
  readonly port: PortBody;
  readonly host: string;
  readonly v4: string;
  readonly v6: string;
  /** Runs a shell line in it; fails when that fails. */
  sh(line: string): Promise<string>;
}

/** A lab whose policy a test changes as a user would: through the API. */
export interface Cloud {
  readonly lab: TestLab;
  readonly http: HttpClient;
  readonly network: string;
  /** Sends a request of the Networking API, such as "POST", "/v2.0/ports". */
  send(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<Record<string, unknown>>;
  /** A group that allows what it sends, and the rules that are given. */
  group(...rules: Rule[]): Promise<string>;
  /** A group that allows nothing at all. */
  silentGroup(): Promise<string>;
  /** Adds a rule; gives its id. */
  allow(group: string, rule: Rule): Promise<string>;
  revoke(rule: string): Promise<void>;
  updatePort(guest: Guest, attributes: object): Promise<void>;
  /** Waits until all that was sent is in effect on every host, guests are connected, and gives the time. */
  settled(): Promise<number>;
  makePort(spec: GuestSpec): Promise<PortBody>;
  /** Plugs a workload in for a port, as an operator would; it may send as soon as the host lets it. */
  plug(port: PortBody, host: string): Promise<Guest>;
  unplug(guest: Guest): Promise<void>;
  /** Takes all guests away, ports included. */
  clear(): Promise<void>;
  guest(spec: GuestSpec): Promise<Guest>;
  /** Runs a shell line on a host; fails when that fails. */
  sh(host: string, line: string): Promise<string>;
  /** Runs a shell line in the namespace of a host's data plane. */
  inDataPlane(host: string, line: string): Promise<string>;
}

const SCENARIO = 'test/support/cloud.yaml';
const APPLY_SECONDS = 30;
/** No host counts its devices up to this: see plug.ts of the lab. */
let index = 2_000_000;

export async function openCloud(t: TestContext): Promise<Cloud> {
  const lab = await openLab(t, SCENARIO);
  const { credentials } = await lab.status();
  const http = await openHttpClient(credentials);
  await liftQuotas(http, ['port', 'security_group', 'security_group_rule']);
  const network = (await lab.client.networks.list({ name: 'guests' }))[0];
  assert.ok(network);
  const guests = new Set<Guest>();
  let revision = 0;
  const send: Cloud['send'] = async (method, path, body) => {
    const answer = await http.request({ method, path, body });
    revision = Math.max(revision, answer.revision ?? 0);
    return answer.body as Record<string, unknown>;
  };
  const sh: Cloud['sh'] = async (place, line) => {
    const { code, output } = await lab.run(place, 'sh', '-ec', line);
    assert.equal(code, 0, `${line}\n${output}`);
    return output;
  };
  const cloud: Cloud = {
    lab,
    http,
    network: network.id,
    send,
    sh,
    inDataPlane: (host, line) => sh(host, `ip netns exec netloom-${host} sh -ec '${line}'`),
    async group(...rules) {
      const name = `group-${++index}`;
      const made = await send('POST', '/v2.0/security-groups', { security_group: { name } });
      const { id } = made['security_group'] as { id: string };
      for (const rule of rules) await cloud.allow(id, rule);
      return id;
    },
    async silentGroup() {
      const id = await cloud.group();
      const found = await send('GET', `/v2.0/security-group-rules?security_group_id=${id}`);
      for (const rule of found['security_group_rules'] as { id: string }[]) await cloud.revoke(rule.id);
      return id;
    },
    async allow(group, rule) {
      const body = { security_group_rule: { security_group_id: group, direction: 'ingress', ...rule } };
      const made = await send('POST', '/v2.0/security-group-rules', body);
      return (made['security_group_rule'] as { id: string }).id;
    },
    revoke: async (rule) => void (await send('DELETE', `/v2.0/security-group-rules/${rule}`)),
    updatePort: async ({ port }, attributes) =>
      void (await send('PUT', `/v2.0/ports/${port.id}`, { port: attributes })),
    async settled() {
      const { state, hosts } = await lab.client.realization({ revision, waitSeconds: APPLY_SECONDS });
      assert.equal(state, 'done', JSON.stringify(hosts));
      const plugged = new Set([...guests].map(({ port }) => port.id));
      for (const deadline = Date.now() + APPLY_SECONDS * 1000; ; await sleep(20)) {
        const late = (await lab.client.statuses()).filter(({ id, table }) => table === 'ports' && plugged.has(id));
        if (late.length === 0) return now();
        assert.ok(Date.now() < deadline, JSON.stringify(late));
      }
    },
    async makePort({ host, groups = [], port }) {
      const attributes = { network_id: network.id, security_groups: groups, 'binding:host_id': host, ...port };
      return (await send('POST', '/v2.0/ports', { port: attributes }))['port'] as PortBody;
    },
    async plug(port, host) {
      const name = `guest-${port.id.slice(0, 8)}`;
      const [v4 = '', v6 = ''] = [false, true].map(
        (six) => port.fixed_ips.find(({ ip_address }) => ip_address.includes(':') === six)?.ip_address,
      );
      const tap = tapName(port.id);
      await sh(
        host,
        `ip netns add ${name}
        ip -n ${name} link set lo up
        ip -n ${name} link add name ${tap} mtu ${network.mtu} type veth peer name eth0 index ${++index} mtu ${network.mtu} address ${port.mac_address}
        ip -n ${name} link set ${tap} addrgenmode none
        ip -n ${name} link set eth0 addrgenmode none up
        ip -n ${name} address add ${v4}/16 dev eth0
        [ -z "${v6}" ] || ip -n ${name} address add ${v6}/64 dev eth0 nodad
        # Last, and whole: the agent takes it at once.
        ip -n ${name} link set ${tap} netns $$`,
      );
      const station = await openStation(t, lab, host, 'ip', 'netns', 'exec', name);
      const inside: Guest['sh'] = (line) => sh(host, `ip netns exec ${name} sh -ec '${line}'`);
      const guest = { ...station, port, host, v4, v6, sh: inside };
      guests.add(guest);
      return guest;
    },
    async unplug(guest) {
      guests.delete(guest);
      guest.end();
      await sh(guest.host, `ip netns del guest-${guest.port.id.slice(0, 8)}`);
    },
    async clear() {
      const all = [...guests];
      await Promise.all(all.map((guest) => cloud.unplug(guest)));
      for (const { port } of all) await lab.client.ports.remove(port.id).catch(() => undefined);
    },
    guest: async (spec) => cloud.plug(await cloud.makePort(spec), spec.host),
  };
  return cloud;
}
