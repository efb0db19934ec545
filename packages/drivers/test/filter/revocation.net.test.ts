import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PortRow } from '@netloom/core/tables/host-tables';
import {
  defaultRules,
  filterRow,
  filterRule,
  firewallRule,
  ipsOf,
  macOf,
  memberRow,
  portGuard,
  portRow,
  remoteRow,
  segmentRow,
  tablesOf,
} from '../../src/conformance-tables.ts';
import { emulateHost } from '../emulated-host.ts';
import { inNamespaces } from '../in-namespaces.ts';
import { converge, type FlowKind, openFlow, serve, type Traffic } from './filter-lab.ts';

/** Workload 1 is the client, 2 a server on the same host, 3 one on the other, 4 a client whose flows nothing here concerns. */
interface View {
  readonly client?: Partial<PortRow>;
  readonly server?: Partial<PortRow>;
  readonly rules?: ReturnType<typeof serverRules>;
  readonly members?: readonly number[];
  readonly extra?: readonly string[];
  readonly firewall?: 'allow' | 'deny' | 'none';
}

if (await inNamespaces(import.meta.filename)) {
  const [one, two] = [await emulateHost(), await emulateHost()];
  const { signal } = new AbortController();
  const drivers = { one: await one.open(signal), two: await two.open(signal) };
  const workload = (host: typeof one, n: number): Promise<string> =>
    host.plug(`tap${n}`, { mac: macOf(n), ips: ipsOf(n) });
  const client = await workload(one, 1);
  const server = await workload(one, 2);
  const other = await workload(one, 4);
  const far = await workload(two, 3);

  /** What both hosts must do; `change` is about the client's group and what else this test takes away. */
  const show = async (view: View): Promise<void> => {
    const segments = [segmentRow('a', 5001)];
    const { firewall = 'none', members = [1, 4] } = view;
    const security = {
      filters: [
        filterRow('clients', defaultRules('clients')),
        filterRow('servers', view.rules ?? serverRules()),
        filterRow('extra', [filterRule('extra-in', 'ingress'), filterRule('extra-in6', 'ingress', { family: 6 })]),
      ],
      addressSets: [
        ...members.map((n) => memberRow('clients', n)),
        ...(view.extra ? [{ id: 'clients/extra', set: 'clients', prefixes: view.extra }] : []),
      ],
      firewalls: [firewallOf(firewall)],
    };
    const guard = portGuard(['servers'], { firewall: firewall === 'none' ? null : 'w1' });
    const here = [
      portRow('a', 1, { guard: portGuard(['clients']), ...view.client }),
      portRow('a', 2, { guard, ...view.server }),
      portRow('a', 4, { guard: portGuard(['clients']) }),
    ];
    const there = portRow('a', 3, { guard, ...(view.server?.guard && { guard: view.server.guard }) });
    await Promise.all([
      converge(drivers.one, tablesOf({ segments, ports: here, remotes: [remoteRow('a', 3, two.vtep)], ...security })),
      converge(
        drivers.two,
        tablesOf({
          segments,
          ports: [there],
          remotes: [1, 2, 4].map((n) => remoteRow('a', n, one.vtep)),
          ...security,
        }),
      ),
    ]);
  };

  const targets = { here: ipsOf(2), there: ipsOf(3) };
  await show({});
  const servers = [await serve(server), await serve(far)];

  const kinds: readonly FlowKind[] = ['udp', 'tcp', 'push', 'icmp', 'fragments'];
  const flows = new Map<string, Traffic>();
  const steady = new Map<string, Traffic>();
  for (const [place, ips] of Object.entries(targets)) {
    for (const ip of ips) {
      for (const kind of kinds) flows.set(`${kind} ${place} ${ip}`, openFlow(client, kind, ip));
      for (const kind of ['udp', 'push'] as const) steady.set(`${kind} ${place} ${ip}`, openFlow(other, kind, ip));
    }
  }

  test('every flow that is allowed goes on', async () => {
    await Promise.all([...flows.values(), ...steady.values()].map((flow) => flow.goesOn()));
  });

  const cases: Record<string, { readonly on?: View; readonly off: View; readonly stays?: RegExp }> = {
    'a member of the remote group': { off: { members: [4] } },
    'one rule of several, and not the others': {
      off: { rules: serverRules().filter(({ id }) => !id.startsWith('udp')) },
      stays: /^(tcp|push|icmp)/,
    },
    'a rule by ICMP type': {
      off: { rules: serverRules().filter(({ id }) => !id.startsWith('icmp')) },
      stays: /^(tcp|push|udp|fragments)/,
    },
    'a prefix of an address group': {
      on: { members: [4], extra: ['10.0.0.0/30', 'fd00::/126'] },
      off: { members: [4] },
    },
    'a group off the client': { off: { client: { guard: portGuard([]) } } },
    'an address off the client': {
      off: { client: { addresses: [{ subnet: 's0', ip: '10.0.0.1' }] } },
      stays: / 10\.0\.0\./,
    },
    'a firewall that begins to deny': { on: { firewall: 'allow' }, off: { firewall: 'deny' } },
  };
  for (const [title, { on = {}, off, stays }] of Object.entries(cases)) {
    test(`taken away: ${title}`, async (t) => {
      await show(on);
      await Promise.all([...flows.values()].map((flow) => flow.goesOn()));
      const before = new Map([...steady].map(([name, flow]) => [name, flow.messages.length]));
      await show(off);
      const still = await Promise.all([...flows].map(async ([name, flow]) => [name, await flow.stillComes()] as const));
      const wrong = still.filter(([name, count]) => (stays?.test(name) ? count === 0 : count > 0));
      assert.deepEqual(wrong, []);
      await show(on);
      await Promise.all([...flows.values()].map((flow) => flow.goesOn()));
      for (const [name, flow] of steady) {
        const numbers = flow.messages.slice(before.get(name)).map(Number);
        const gaps = numbers.filter((number, i) => i > 0 && number !== (numbers[i - 1] ?? 0) + 1);
        assert.ok(numbers.length > 20, `${name} stood still`);
        assert.deepEqual(gaps, [], `${name} lost messages`);
      }
      t.diagnostic(`${steady.size} flows that stayed allowed lost nothing`);
    });
  }

  test('closed at the end', async () => {
    for (const traffic of [...flows.values(), ...steady.values(), ...servers]) traffic[Symbol.dispose]();
    await one.close();
    await two.close();
  });
}

function serverRules(): ReturnType<typeof filterRule>[] {
  const remote = { kind: 'set', set: 'clients' } as const;
  return ([4, 6] as const).flatMap((family) => {
    const icmp = family === 4 ? 1 : 58;
    return [
      filterRule(`udp${family}`, 'ingress', { family, protocol: 17, min: 7, max: 7, remote }),
      filterRule(`tcp${family}`, 'ingress', { family, protocol: 6, min: 1, max: 19, remote }),
      filterRule(`icmp${family}`, 'ingress', { family, protocol: icmp, min: family === 4 ? 8 : 128, max: 0, remote }),
      // Another way for the client whose flows go on.
      ...(['udp', 'tcp'] as const).map((name) =>
        filterRule(`other-${name}${family}`, 'ingress', {
          family,
          protocol: name === 'udp' ? 17 : 6,
          remote: { kind: 'prefix', prefix: family === 4 ? '10.0.0.4/32' : 'fd00::4/128' },
        }),
      ),
    ];
  });
}

function firewallOf(action: 'allow' | 'deny' | 'none') {
  const verdict = action === 'deny' ? 'deny' : 'allow';
  const other = ([4, 6] as const).map((family) =>
    firewallRule(`other${family}`, 'allow', { family, source: family === 4 ? '10.0.0.4/32' : 'fd00::4/128' }),
  );
  const all = ([4, 6] as const).map((family) => firewallRule(`all${family}`, verdict, { family }));
  return {
    id: 'w1',
    ingress: [...other, ...all],
    egress: ([4, 6] as const).map((family) => firewallRule(`out${family}`, 'allow', { family })),
  };
}
