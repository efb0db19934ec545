import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type Cloud, openCloud } from '../support/cloud.ts';
import { awaitDataPlane, dataPlaneOf } from '../support/data-plane.ts';
import { openFlow } from '../support/open-flows.ts';
import { assertFlowing, assertStopped } from '../support/verdicts.ts';

/** Longest time for one audit to come round and repair, in seconds. */
const AUDIT_SECONDS = 65;
/** Wait for audits to come by themselves; else a change of a link that means nothing makes each come at once. */
const PATIENT = process.env['NETLOOM_PATIENT'] !== undefined;
const LAUNCHER = join(import.meta.dirname, '../../packages/cli/bin/netloom.js');

const PORTS = 'bridge netloom_ports';
const FILTERS = 'inet netloom_filters';

interface Names {
  readonly vxlan: string;
  readonly bridge: string;
  readonly tap: string;
  readonly mac: string;
  /** A MAC on another host. */
  readonly remote: string;
  /** Chain and set of a group that the port has. */
  readonly chain: string;
  readonly set: string;
  /** A rule by its handle, with what accepts everything under its comment: the one at the end that drops, and one of the group. */
  readonly drop: string;
  readonly allow: string;
  /** An element of the map of policies. */
  readonly verdict: string;
}

/** What stays as long as the host. */
type Known = Omit<Names, 'drop' | 'allow' | 'verdict'>;

type Edit = (names: Names) => string;

/**
 * What somebody with root does by hand, as shell lines. Edits that stand together are all made before one audit, and each for itself in
 * the long form.
 */
const EDITS: readonly Readonly<Record<string, Edit>>[] = [
  {
    'a MAC deleted from the tunnel': ({ remote, vxlan }) => `bridge fdb del ${remote} dev ${vxlan} self`,
    'multicast snooping switched on': ({ bridge }) => `ip link set ${bridge} type bridge mcast_snooping 1`,
    'learning and flooding switched on': ({ tap }) => `bridge link set dev ${tap} learning on flood on`,
    'bridged frames kept from the filters': () => 'echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables',
  },
  {
    'the VXLAN device taken from its bridge': ({ vxlan }) => `ip link set ${vxlan} nomaster`,
    'connection tracking made to take up streams in their middle': () =>
      'echo 1 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose',
  },
  { 'the VXLAN device deleted': ({ vxlan }) => `ip link del ${vxlan}` },
  { 'the bridge deleted': ({ bridge }) => `ip link del ${bridge}` },
  { 'the ruleset flushed': () => 'nft flush ruleset' },
  { 'the table of filters deleted': () => `nft delete table ${FILTERS}` },
  { 'the table of ports deleted': () => `nft delete table ${PORTS}` },
  {
    'the rules of a group flushed': ({ chain }) => `nft flush chain ${FILTERS} ${chain}`,
    'an address added to a remote group': ({ set }) => `nft add element ${FILTERS} ${set} { 10.20.99.99 }`,
    'a port opened': ({ tap }) =>
      `nft add element ${PORTS} open { ${tap} }; nft delete element ${PORTS} ids { ${tap} }`,
  },
  {
    'a remote group emptied': ({ set }) => `nft flush set ${FILTERS} ${set}`,
    'another address given to a port': ({ tap, mac }) =>
      `nft 'add element ${PORTS} own4 { ${tap} . ${mac} . 10.20.99.98 : 1 }'`,
  },
  { 'a rule that accepts everything put first': () => `nft insert rule ${FILTERS} to accept` },
  { 'the generation rule taken away': () => `nft flush chain ${FILTERS} live` },
  {
    'a policy of a hook changed': () =>
      `nft 'add chain ${PORTS} fw { type filter hook forward priority -10; policy accept; }'`,
  },
  { 'a rule replaced under its comment': ({ drop }) => `nft 'replace rule ${FILTERS} to ${drop}'` },
  {
    'a rule of a group replaced under its comment': ({ chain, allow }) =>
      `nft 'replace rule ${FILTERS} ${chain} ${allow}'`,
  },
  {
    'another verdict given to a policy': ({ verdict }) =>
      `nft 'delete element ${FILTERS} to_original { ${verdict} }; add element ${FILTERS} to_original { ${verdict} : accept }'`,
  },
  { 'the table of filters switched off': () => `nft 'add table ${FILTERS} { flags dormant; }'` },
];

/** Titles with what is done before one audit. */
function rounds(): [string, readonly Edit[]][] {
  if (PATIENT)
    return EDITS.flatMap((batch) => Object.entries(batch).map(([what, edit]): [string, Edit[]] => [what, [edit]]));
  return EDITS.map((batch) => [Object.keys(batch).join(', '), Object.values(batch)]);
}

test('someone edits the data plane by hand: it is back within one audit, and events say so', {
  timeout: PATIENT ? 2_000_000 : 180_000,
}, async (t) => {
  const cloud = await openCloud(t);
  const members = await cloud.group();
  const group = await cloud.group({
    protocol: 'udp',
    port_range_min: 5000,
    port_range_max: 5000,
    remote_group_id: members,
  });
  const [near, far, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [members] }),
    cloud.guest({ host: 'h2', groups: [members] }),
    cloud.guest({ host: 'h1', groups: [group] }),
  ]);
  await cloud.settled();
  const allowed = [await openFlow(near, server, 'udp v4'), await openFlow(far, server, 'udp v4')];
  const denied = [
    await openFlow(near, server, 'udp v4', { port: 5900 }),
    await openFlow(far, server, 'udp-fresh v4', { port: 5900 }),
  ];
  await assertFlowing(allowed, 200);
  const wanted = await dataPlaneOf(cloud, 'h1');
  const names = await findNames(cloud, {
    tap: `tap${server.port.id.slice(0, 11)}`,
    mac: server.port.mac_address,
    remote: far.port.mac_address,
    group,
    members,
  });

  let audits = 0;
  const mended = async (t: TestContext, edits: readonly Edit[]) => {
    const known = new Set((await cloud.lab.client.events({ host: 'h1' })).map((event) => JSON.stringify(event)));
    const found = await withHandles(cloud, names);
    await cloud.sh('h1', inNamespace(edits.map((edit) => edit(found)).join('\n')));
    if (!PATIENT) await cloud.inDataPlane('h1', `ip link set ${names.bridge} txqueuelen ${1000 + ++audits} || :`);
    const { ms, different } = await awaitDataPlane(cloud, 'h1', { wanted, seconds: PATIENT ? AUDIT_SECONDS : 10 });
    assert.deepEqual(different, [], 'not repaired');
    await assertFlowing(allowed, 100);
    await assertStopped(denied, 100);
    const fresh = (await cloud.lab.client.events({ host: 'h1' })).filter((event) => !known.has(JSON.stringify(event)));
    const told = fresh.filter(({ repaired }) => repaired).length;
    assert.ok(told >= edits.length, `${told} events tell of ${edits.length} repairs`);
    t.diagnostic(
      `repaired after ${(ms / 1000).toFixed(1)} s; ${fresh.length} events: ${fresh[0]?.message.slice(0, 120)}`,
    );
  };

  for (const [what, edits] of rounds()) await t.test(what, (t) => mended(t, edits));

  await t.test('netloom drift shows them, the newest last', async () => {
    const { cloudsFile } = await cloud.lab.status();
    const env = { ...process.env, OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: 'netloom' };
    const words = [LAUNCHER, 'drift', '--host', 'h1', '--since', '1h', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    const { events } = JSON.parse(stdout) as { events: { at: string; host: string; repaired: boolean }[] };
    assert.ok(events.length >= EDITS.length, `${events.length} events`);
    assert.ok(events.every(({ host }) => host === 'h1'));
    assert.deepEqual(
      events.map(({ at }) => at),
      events.map(({ at }) => at).toSorted(),
    );
  });
});

function inNamespace(lines: string): string {
  return `ip netns exec netloom-h1 sh -e <<'EDIT'\n${lines}\nEDIT`;
}

async function findNames(
  cloud: Cloud,
  { group, members, ...known }: Pick<Names, 'tap' | 'mac' | 'remote'> & { group: string; members: string },
): Promise<Known> {
  const vni = (await cloud.lab.client.networks.get(cloud.network))['provider:segmentation_id'];
  const bridge = `br${vni}`;
  return { ...known, vxlan: `vx${vni}`, bridge, chain: `f_${group}_in`, set: `h4_${members}` };
}

/** Handles change whenever the table is made anew. */
async function withHandles(cloud: Cloud, names: Known): Promise<Names> {
  const list = (what: string) => cloud.inDataPlane('h1', `nft -a list ${what}`);
  const accepting = (chain: string, end: RegExp): string => {
    const [, comment = '', handle] = end.exec(chain) ?? [];
    return `handle ${handle} accept${comment}`;
  };
  return {
    ...names,
    drop: accepting(await list(`chain ${FILTERS} to`), /\bdrop( comment "[^"]*")? # handle (\d+)\n/),
    allow: accepting(await list(`chain ${FILTERS} ${names.chain}`), /\baccept( comment "[^"]*")? # handle (\d+)\n/),
    verdict: /0x[0-9a-f]+(?= : jump)/.exec(await list(`map ${FILTERS} to_original`))?.[0] ?? '',
  };
}
