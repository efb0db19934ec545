import { connect } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import type { LiveTraceBody, TraceBody } from '@netloom/api/client/resources';
import { type DropCode, dropReason } from '@netloom/core/trace/drop-reasons';
import { tracer as fileTracer } from '@netloom/lab/command';
import { Command, Option } from 'commander';
import { printFailure } from '../print-failure.ts';
import { controllerTracer } from '../trace/controller-tracer.ts';
import { type FoundEnds, findEnds } from '../trace/find-ends.ts';
import { printLiveTrace } from '../trace/print-live-trace.ts';
import { printTrace } from '../trace/print-trace.ts';
import { type PacketFlags, readPacket } from '../trace/read-packet.ts';

interface TraceFlags extends PacketFlags {
  readonly from: string;
  readonly to: string;
  readonly source?: string;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly file?: string;
  readonly live?: boolean;
  readonly json?: boolean;
}

/** Refusals of a trace that say that there is no such packet, rather than that it is dropped. */
const BAD_QUESTIONS: readonly DropCode[] = ['BAD_DESTINATION', 'BAD_SOURCE', 'GROUP_DESTINATION'];

/** `netloom trace`: the way of a packet and of its reply, and the rule that passes or drops it. */
export function traceCommand(): Command {
  return new Command('trace')
    .description('walk a packet and its reply through the hosts, and name the rule that passes or drops it')
    .requiredOption('--from <port>', 'sender: id, name or address of a port')
    .requiredOption('--to <port>', 'receiver: id or name of a port, or any IP or MAC address')
    .option('--proto <protocol>', 'icmp, tcp, udp, sctp, or a protocol number', 'icmp')
    .option('--dport <number>', 'destination port')
    .option('--sport <number>', 'source port; one that clients take for themselves without it')
    .option('--icmp-type <number>', 'ICMP type; an echo request without it')
    .option('--icmp-code <number>', 'ICMP code')
    .option('--source <address>', 'send from this address, whether or not the port has it')
    .option('--ipv4', 'between the IPv4 addresses of two ports; the default where both have one')
    .option('--ipv6', 'between their IPv6 addresses')
    .option('--file <scenario>', 'ask a scenario file, without a controller')
    .addOption(
      new Option(
        '--live',
        'also send that very packet in the data plane, and compare; its receiver really gets it',
      ).conflicts('file'),
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExit codes: 0 it passes, and so does its reply; 1 it is dropped; 2 there is no answer, with the reason; 3 with --live: trace\nand data plane do not agree.',
    )
    .action(async (flags: TraceFlags) => {
      try {
        process.exitCode = await answer(flags);
      } catch (error) {
        // What a script must not take for a drop.
        printFailure(error);
        process.exitCode = 2;
      }
    });
}

async function answer(flags: TraceFlags): Promise<number> {
  const packet = readPacket(flags);
  const { file, json, source, from, to } = flags;
  const controller = file === undefined ? controllerTracer(await connect(await findCredentials())) : undefined;
  const tracer = controller ?? (await fileTracer({ file: file ?? '' }));
  const ends = await findEnds({ from, to, source, family: familyOf(flags) }, tracer);
  const question = {
    ...{ ...packet, from: ends.from.id, to: ends.to },
    ...(ends.source === undefined ? {} : { source: ends.source }),
  };
  if (controller && flags.live) {
    const found = await controller.live(question);
    const body = { ...found, trace: judged(found.trace, ends) };
    if (json) console.log(JSON.stringify(body, null, 2));
    else await printLiveTrace(body, tracer);
    return codeOfLive(body);
  }
  const trace = judged(await tracer.trace(question), ends);
  if (json) console.log(JSON.stringify(trace, null, 2));
  else await printTrace(trace, tracer);
  return codeOf(trace);
}

function codeOf(trace: TraceBody): number {
  if (trace.verdict === 'pass') return 0;
  return BAD_QUESTIONS.some((code) => code === trace.code) ? 2 : 1;
}

function codeOfLive({ trace, live }: LiveTraceBody): number {
  if (live.agrees === null) return 2;
  return live.agrees ? codeOf(trace) : 3;
}

function familyOf({ ipv4, ipv6 }: TraceFlags): 4 | 6 | undefined {
  if (ipv4) return 4;
  return ipv6 ? 6 : undefined;
}

/** A packet that reaches another port, which has the same address on the sender's network, has not reached the one that is meant. */
function judged(trace: TraceBody, { target }: FoundEnds): TraceBody {
  const reached = trace.steps.find(({ way, what }) => way === 'there' && what === 'deliver')?.row;
  if (target === undefined || trace.verdict === 'drop' || reached === `ports/${target.id}`) return trace;
  const { code, message } = dropReason('OTHER_PORT', { reached: reached ?? 'another port', port: target.id });
  return { ...trace, verdict: 'drop', code, reason: message };
}
