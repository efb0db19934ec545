/**
 * What security groups cost on the bridge driver: processor time for a small packet and for a gigabit of TCP between two
 * guarded workloads of one host, with 2, 100 and 1,000 guarded ports of ten rules each, beside no filter at all and beside
 * the same policy as iptables-nft physdev rules, laid out as Neutron does. Everything in namespaces of its own; needs root.
 *
 *   npm run bench -- filter [--rounds 8] [--ports 2,100,1000] [--seconds 1]
 *
 * One processor does all the measured work, the subjects take turns in every round, and the best round counts, with the
 * median beside it. Packets are measured twice, because what the sender itself costs decides how large the filter's part
 * looks: as frames put on the wire by trafgen (almost nothing but the host's own work; pktgen would be as exact, but few
 * kernels have it), and as datagrams of a program with a UDP socket (sockperf), a system call each, as workloads send.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { insideNamespaces } from '../support/inside-namespaces.ts';
import { openSubject, type Subject } from './filter/hosts.ts';
import {
  countArrivals,
  MEASURED_CPU,
  measureDatagrams,
  measureFrames,
  measureStream,
  type Round,
} from './filter/measure.ts';
import { type Cost, costOf, share, table } from './filter/summary.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '8' },
    ports: { type: 'string', default: '2,100,1000' },
    seconds: { type: 'string', default: '1' },
  },
});
const sizes = values.ports.split(',').map(Number);
const seconds = Number(values.seconds);
/** Frames of a round: about a third of a second, from a first try. */
const FRAME_SECONDS = 0.3;

if (await insideNamespaces(import.meta.filename)) {
  leaveMeasuredCpu();
  const signal = new AbortController().signal;
  const subjects = [await openSubject('none', 2, signal)];
  for (const enforcement of ['netloom', 'iptables'] as const)
    for (const ports of sizes) subjects.push(await openSubject(enforcement, ports, signal));
  for (const subject of subjects) await countArrivals(subject);
  const results = await measureAll(subjects);
  report(subjects, results);
}

interface Result {
  readonly frames: Round[];
  readonly datagrams: Round[];
  readonly stream: Round[];
}

async function measureAll(subjects: readonly Subject[]): Promise<Map<Subject, Result>> {
  const results = new Map<Subject, Result>();
  const frames = new Map<Subject, number>();
  for (const subject of subjects) {
    const { cpu, amount } = await measureFrames(subject, 5_000);
    frames.set(subject, Math.ceil((FRAME_SECONDS / Math.max(cpu, 0.005)) * amount));
    results.set(subject, { frames: [], datagrams: [], stream: [] });
  }
  for (let round = 1; round <= Number(values.rounds); round++) {
    process.stderr.write(`round ${round} of ${values.rounds}\n`);
    for (const [subject, result] of results) {
      result.frames.push(await measureFrames(subject, frames.get(subject) ?? 0));
      result.datagrams.push(await measureDatagrams(subject, seconds));
      result.stream.push(await measureStream(subject, seconds));
    }
  }
  return results;
}

function report(subjects: readonly Subject[], results: ReadonlyMap<Subject, Result>): void {
  const costs = subjects.map((subject) => {
    const { frames, datagrams, stream } = results.get(subject) ?? { frames: [], datagrams: [], stream: [] };
    return { subject, frames: costOf(frames), datagrams: costOf(datagrams), stream: costOf(stream) };
  });
  const base = costs[0];
  if (base === undefined) return;
  for (const kind of ['frames', 'datagrams'] as const) {
    console.log(`\n${kind}: processor time a packet`);
    const rows = costs.map((each) => {
      const { best, median } = each[kind];
      return [
        each.subject.name,
        best.toFixed(2),
        median.toFixed(2),
        (1000 / best).toFixed(0),
        share(base[kind], each[kind]),
      ];
    });
    console.log(table([['', 'us best', 'us median', 'kpps a core', 'of no filter'], ...rows]));
  }
  console.log('\nTCP: throughput a core, both ends');
  const rates = costs.map((each) => {
    const gigabits = (us: number): string => (1e6 / us).toFixed(1);
    return [
      each.subject.name,
      gigabits(each.stream.best),
      gigabits(each.stream.median),
      share(base.stream, each.stream),
    ];
  });
  console.log(table([['', 'Gb/s best', 'Gb/s median', 'of no filter'], ...rates]));
  console.log('\nall rules loaded in');
  console.log(table(subjects.slice(1).map(({ name, loadMs }) => [name, `${loadMs.toFixed(0)} ms`])));
  printRatios(costs);
}

function printRatios(costs: readonly ({ readonly subject: Subject } & Record<keyof Result, Cost>)[]): void {
  const at = (enforcement: string, ports: number | undefined) =>
    costs.find(({ subject }) => subject.enforcement === enforcement && subject.ports === ports);
  const [few, many] = [at('netloom', sizes[0]), at('netloom', sizes.at(-1))];
  const rival = at('iptables', sizes.at(-1));
  if (few === undefined || many === undefined || rival === undefined) return;
  console.log(`\n${sizes.at(-1)} ports, rate against ${sizes[0]} ports and against iptables:`);
  for (const kind of ['frames', 'datagrams', 'stream'] as const)
    console.log(`  ${kind.padEnd(10)} ${share(few[kind], many[kind])}  ${share(rival[kind], many[kind])}`);
}

/** Keeps this process and all that it starts off the processor on which things are measured. */
function leaveMeasuredCpu(): void {
  const list = spawnSync('taskset', ['-pc', String(process.pid)], { encoding: 'utf8' }).stdout;
  const others = (/list: (.*)/.exec(list)?.[1] ?? '').split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((cpu) => cpu !== MEASURED_CPU);
  });
  if (others.length > 0) spawnSync('taskset', ['-apc', others.join(','), String(process.pid)]);
}
