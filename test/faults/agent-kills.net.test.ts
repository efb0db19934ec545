import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cloud, openCloud, type Rule } from '../support/cloud.ts';
import { openFlow } from '../support/open-flows.ts';
import { now } from '../support/station.ts';
import { answered, longestGap, through, unanswered, type Watched } from '../support/verdicts.ts';

/** Many for a long run; each takes about a second. */
const RESTARTS = Number(process.env['NETLOOM_AGENT_RESTARTS'] ?? 16);
/** In one lab: verdicts are judged when it ends. */
const AT_ONCE = 100;
const HOSTS = ['h1', 'h2'] as const;
/** An agent has started and caught up well within this, on a machine that is not busy. */
const START_MS = 1500;
const CHANGING_PORTS = [6001, 6002, 6003];
/** A record may be on its way when the verdict changes. */
const ON_ITS_WAY = 200e6;

/** A flow whose rule comes and goes. */
interface Changing {
  readonly flow: Watched;
  readonly rule: Rule;
  /** Of the rule while it is there. */
  id: string | undefined;
  /** When its verdict was known, and which. */
  readonly known: { readonly allowed: boolean; readonly from: number; to: number }[];
}

for (let done = 0; done < RESTARTS; done += AT_ONCE) {
  const restarts = Math.min(AT_ONCE, RESTARTS - done);
  test(
    `an agent is killed at ${restarts} random moments of a stream of rule changes: no denied packet passes, no allowed flow suffers`,
    {
      timeout: 90_000 + restarts * 6000,
    },
    (t) => killUnderFlows(t, restarts),
  );
}

async function killUnderFlows(t: TestContext, restarts: number): Promise<void> {
  const cloud = await openCloud(t);
  const group = await cloud.group(
    { protocol: 'udp', port_range_min: 5000, port_range_max: 5000 },
    { protocol: 'udp', ethertype: 'IPv6', port_range_min: 5000, port_range_max: 5000 },
    { protocol: 'tcp', port_range_min: 5001, port_range_max: 5001 },
  );
  const none = await cloud.group();
  const [near, far, server] = await Promise.all([
    cloud.guest({ host: 'h1', groups: [none] }),
    cloud.guest({ host: 'h2', groups: [none] }),
    cloud.guest({ host: 'h1', groups: [group] }),
  ]);
  await cloud.settled();
  const allowed = await Promise.all([
    openFlow(near, server, 'udp v4'),
    openFlow(far, server, 'udp v6'),
    openFlow(far, server, 'udp-fresh v4'),
    openFlow(far, server, 'tcp-pull v4'),
  ]);
  const denied = await Promise.all([
    openFlow(near, server, 'udp v4', { port: 5900 }),
    openFlow(far, server, 'udp v6', { port: 5900 }),
    openFlow(far, server, 'udp-fresh v4', { port: 5900 }),
    openFlow(far, server, 'icmp v4'),
    openFlow(server, far, 'udp v4', { port: 5900 }),
  ]);
  const changing: Changing[] = [];
  for (const [i, port] of CHANGING_PORTS.entries())
    changing.push({
      flow: await openFlow(i % 2 === 0 ? far : near, server, 'udp v4', { port }),
      rule: { protocol: 'udp', port_range_min: port, port_range_max: port },
      id: undefined,
      known: [],
    });
  const from = await learn(cloud, changing);
  const changes = await killAndChange(cloud, { group, changing, restarts });
  const to = now();
  await sleep(300);

  await t.test('what nothing ever allowed', async () => {
    for (const flow of denied) assert.equal(await through(flow, 0, to), 0, `${flow.name}: came through`);
  });
  await t.test('what a rule allowed all the time', async (t) => {
    for (const flow of allowed) await assertUnharmed(t, flow, from, to);
  });
  await t.test('what rules came and went for', async (t) => {
    let stretches = 0;
    for (const { flow, known } of changing) {
      const read = await flow.flow.read();
      const arrived = await flow.server.seen(flow.flow);
      for (const { allowed: open, from: start, to: end } of known) {
        if (end - ON_ITS_WAY <= start) continue;
        stretches++;
        const wrong = open
          ? unanswered(read, start, end - ON_ITS_WAY)
          : answered({ ...read, got: arrived }, start, end - ON_ITS_WAY);
        const when = `${((end - start) / 1e6).toFixed(0)} ms in which it was ${open ? 'allowed' : 'denied'}`;
        assert.equal(wrong, 0, `${flow.name}: ${wrong} records ${open ? 'lost' : 'through'} in the ${when}`);
      }
    }
    t.diagnostic(`${restarts} restarts, ${changes} rule changes, ${stretches} stretches of known verdict: 0 wrong`);
  });
}

/** Changes rules, kills an agent meanwhile, starts it, and kills it again in every third round; gives the number of changes. */
async function killAndChange(
  cloud: Cloud,
  { group, changing, restarts }: { group: string; changing: Changing[]; restarts: number },
): Promise<number> {
  let changes = 0;
  const change = async (): Promise<void> => {
    for (const each of changing.filter(() => Math.random() < 0.6)) {
      doubt(each);
      changes++;
      if (each.id === undefined) each.id = await cloud.allow(group, each.rule);
      else {
        await cloud.revoke(each.id);
        each.id = undefined;
      }
    }
  };
  for (let restart = 0; restart < restarts; restart++) {
    const host = HOSTS[restart % 4 === 3 ? 1 : 0] ?? 'h1';
    const changed = change();
    await sleep(Math.random() * 60);
    await cloud.lab.fault({ action: 'kill', part: 'agent', host });
    await changed;
    await cloud.lab.fault({ action: 'start', part: 'agent', host });
    if (restart % 3 === 2) {
      await sleep(Math.random() * START_MS);
      continue;
    }
    await learn(cloud, changing);
    await sleep(150 + Math.random() * 300);
  }
  await cloud.lab.fault({ action: 'start', part: 'agent', host: 'h1' });
  await learn(cloud, changing);
  await sleep(400);
  for (const each of changing) doubt(each);
  return changes;
}

/** From now on nobody can say what becomes of its packets. */
function doubt({ known }: Changing): void {
  const last = known.at(-1);
  if (last?.to === Number.POSITIVE_INFINITY) last.to = now();
}

/** All changes are in effect: verdicts are known again, where they were in doubt. Gives the time. */
async function learn(cloud: Cloud, changing: readonly Changing[]): Promise<number> {
  const from = await cloud.settled();
  for (const { id, known } of changing)
    if (known.at(-1)?.to !== Number.POSITIVE_INFINITY)
      known.push({ allowed: id !== undefined, from, to: Number.POSITIVE_INFINITY });
  return from;
}

async function assertUnharmed(t: TestContext, { name, flow, kind }: Watched, from: number, to: number): Promise<void> {
  const read = await flow.read(from);
  if (kind === 'tcp-pull') {
    const gap = longestGap(read.got, from, to);
    t.diagnostic(`${name}: ${read.got.length} records, longest gap ${gap.toFixed(0)} ms`);
    assert.ok(gap < 1000, `${name}: nothing for ${gap} ms`);
    return;
  }
  const lost = unanswered(read, from, to);
  t.diagnostic(`${name}: ${lost} of ${read.sent.length} lost`);
  assert.equal(lost, 0, `${name}: ${lost} of ${read.sent.length} records lost`);
}
