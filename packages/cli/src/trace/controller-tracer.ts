import type { NetloomClient } from '@netloom/api/client/connect';
import type { LiveTraceBody, PortBody, TraceQuery } from '@netloom/api/client/resources';
import type { TraceQuestion } from '@netloom/core/trace/question';
import type { TracedPort, Tracer } from '@netloom/lab/scenario/tracer';

export interface ControllerTracer extends Tracer {
  /** Traces a packet and really sends it. */
  live(question: TraceQuestion): Promise<LiveTraceBody>;
}

/** Traces in the host tables of a running controller. */
export function controllerTracer(client: NetloomClient): ControllerTracer {
  return {
    async find(reference) {
      const filters = [{ id: reference }, { name: reference }, { fixed_ips: `ip_address=${reference}` }];
      for (const filter of filters) {
        const found = await client.ports.list(filter);
        if (found.length > 0) return found.map(tracedPort);
      }
      return [];
    },
    trace: (question) => client.trace(queryOf(question)),
    live: (question) => client.liveTrace(queryOf(question)),
    async nameOf(id) {
      for (const collection of [client.ports, client.securityGroups, client.networks, client.routers]) {
        const [found] = await collection.list({ id });
        if (found !== undefined) return found.name === '' ? undefined : found.name;
      }
      return undefined;
    },
  };
}

function queryOf({ from, to, source, protocol, port, sourcePort, icmpType, icmpCode }: TraceQuestion): TraceQuery {
  return {
    ...{ from, to, protocol: String(protocol) },
    ...(source === undefined ? {} : { source }),
    ...(port === undefined ? {} : { port }),
    ...(sourcePort === undefined ? {} : { source_port: sourcePort }),
    ...(icmpType === undefined ? {} : { icmp_type: icmpType }),
    ...(icmpCode === undefined ? {} : { icmp_code: icmpCode }),
  };
}

function tracedPort({ id, name, network_id, fixed_ips }: PortBody): TracedPort {
  return { id, name, network: network_id, addresses: fixed_ips.map(({ ip_address }) => ip_address) };
}
