import type { Answer, Question } from '@netloom/api/link/questions';
import type { HostTables } from '@netloom/core/tables/host-tables';
import type { Driver, Probe } from '@netloom/drivers/driver';
import { agentError } from './agent-errors.ts';

type ProbeQuestion = Exclude<Question, { kind: 'hits' }>;

/** Packets that are looked for on the target, on behalf of controllers. */
export interface Probes {
  /** Rejects with AGENT_PROBE, and as the driver does. */
  answer(question: ProbeQuestion): Promise<Answer>;
  /** Ends all of them: nobody is left to ask. */
  end(): void;
}

export interface ProbesOptions {
  readonly driver: Pick<Driver, 'kind' | 'probe'>;
  readonly tables: () => HostTables;
  readonly signal: AbortSignal;
}

/** Each one reads all that is traced on the host. */
const MOST = 16;
/** Milliseconds after the last question about a probe at which it ends: its controller has died. */
const FORGOTTEN = 30_000;

interface OpenProbe {
  readonly probe: Promise<Probe>;
  readonly ending: AbortController;
  timer: NodeJS.Timeout | undefined;
}

export function makeProbes({ driver, tables, signal }: ProbesOptions): Probes {
  const open = new Map<string, OpenProbe>();

  const end = async (id: string): Promise<void> => {
    const found = open.get(id);
    open.delete(id);
    clearTimeout(found?.timer);
    // What is still being opened ends by the signal, anything else by its disposal.
    found?.ending.abort();
    await (await found?.probe.catch(() => undefined))?.[Symbol.asyncDispose]();
  };

  const watch = (id: string, packet: Extract<ProbeQuestion, { kind: 'probe-watch' }>['packet']): OpenProbe => {
    if (driver.probe === undefined)
      throw agentError('AGENT_PROBE', { reason: `driver ${driver.kind} follows no packets` });
    if (open.has(id) || open.size >= MOST)
      throw agentError('AGENT_PROBE', { reason: `${open.size} packets are being followed already` });
    const ending = new AbortController();
    const probe = driver.probe({ id, packet, tables: tables() }, AbortSignal.any([signal, ending.signal]));
    const entry: OpenProbe = { probe, ending, timer: undefined };
    open.set(id, entry);
    probe.catch(() => end(id));
    return entry;
  };

  const found = (id: string): OpenProbe => {
    const entry = open.get(id);
    if (entry === undefined) throw agentError('AGENT_PROBE', { reason: 'it is no longer being followed' });
    return entry;
  };

  return {
    async answer(question) {
      const { kind, probe: id } = question;
      if (kind === 'probe-end') {
        await end(id);
        return { kind: 'sightings', sightings: [] };
      }
      const entry = kind === 'probe-watch' ? watch(id, question.packet) : found(id);
      clearTimeout(entry.timer);
      entry.timer = setTimeout(() => void end(id), FORGOTTEN).unref();
      const probe = await entry.probe;
      if (kind === 'probe-send') await probe.send(deviceOf(tables(), question.port));
      return { kind: 'sightings', sightings: await probe.sightings() };
    },
    end() {
      for (const id of open.keys()) void end(id);
    },
  };
}

function deviceOf({ ports }: HostTables, port: string): string {
  const device = ports.get(port)?.device;
  if (device === undefined) throw agentError('AGENT_PROBE', { reason: `port ${port} is not on this host` });
  return device;
}
