import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLinkAddress } from '@netloom/api/link/link-address';
import { linkError } from '@netloom/api/link/link-errors';
import type { LinkKey } from '@netloom/api/link/link-key';
import { type AgentMessage, LINK_PROTOCOL } from '@netloom/api/link/messages';
import type { Driver } from '@netloom/drivers/driver';
import type { Logger } from 'pino';
import { agentError } from './agent-errors.ts';
import { makeAnswerer } from './answer-ask.ts';
import type { Backoff } from './backoff.ts';
import { keepLink } from './link/keep-link.ts';
import { openReplica } from './link/replica.ts';
import type { Liveness } from './link/run-link.ts';
import { makePacketReport } from './packets/packet-report.ts';
import { makeProbes } from './probes.ts';
import { makeReconciler } from './reconcile/reconciler.ts';

export interface AgentOptions {
  readonly host: string;
  /** "tcp://host:port" or "unix:/path", tried in turn. */
  readonly controllers: readonly string[];
  readonly key: LinkKey;
  /** Open, and closed by whoever opened it. */
  readonly driver: Driver;
  /** Holds the replica; of this agent alone. */
  readonly dataFolder: string;
  readonly log: Logger;
  /** Milliseconds between full audits; 60,000 when absent. */
  readonly auditInterval?: number;
  /** Between tries of a step that failed; 0.5 s to 30 s when absent. */
  readonly retry?: Backoff;
  /** Between tries to reach a controller; 0.2 s to 10 s when absent. */
  readonly reconnect?: Backoff;
  /** When absent: a ping each 10 s, and 30 s of silence end a link. */
  readonly liveness?: Liveness;
}

/**
 * Keeps one target as its controller says until the signal aborts, and then leaves it exactly as it is. Throws
 * AGENT_DATA_FOLDER and LINK_ADDRESS_INVALID at the start; later nothing stops it.
 */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { driver, log, dataFolder } = options;
  const controllers = options.controllers.map((address) => parseLinkAddress(address));
  const replica = await openFolder(dataFolder, options.host);
  const { revision, complete } = replica;
  log.info({ host: options.host, driver: driver.kind, revision, complete }, 'agent starts');
  const reconciler = makeReconciler({
    driver,
    replica,
    log,
    auditInterval: options.auditInterval ?? 60_000,
    backoff: options.retry ?? { first: 500, longest: 30_000 },
  });
  let begun = false;
  let say: (message: AgentMessage) => void = () => undefined;
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const probes = makeProbes({ driver, tables: () => replica.tables, signal: either });
  const answer = makeAnswerer({ driver, probes, signal: either });
  using packets = makePacketReport(driver, replica);
  const link = keepLink(
    {
      controllers,
      key: options.key,
      log,
      backoff: options.reconnect ?? { first: 200, longest: 10_000 },
      liveness: options.liveness ?? { ping: 10_000, silence: 30_000 },
      onOpen(send) {
        begun = false;
        say = send;
        reconciler.linkUp(send);
        const { vtep, underlayMtu, abilities } = driver.facts;
        return {
          type: 'hello',
          protocol: LINK_PROTOCOL,
          driver: driver.kind,
          vtep,
          underlayMtu,
          abilities,
          revision: replica.revision,
          digest: replica.digest(),
        };
      },
      onMessage(message) {
        if (message.type === 'ask') {
          // On the link that it came by: the next one may lead to another controller.
          const reply = say;
          void answer(message).then(reply);
          return;
        }
        // A difference to nothing would pass for a whole view, and all that it does not name would be swept.
        if (!begun && (message.type === 'delta' || (message.type === 'current' && !replica.complete)))
          throw linkError('LINK_MALFORMED', { at: 'type', reason: `"${message.type}" before any view` });
        // Only now the controller listens.
        if (!begun) packets.linkUp(say);
        begun = true;
        reconciler.take(message);
      },
      onLost() {
        reconciler.linkDown();
        packets.linkDown();
        probes.end();
      },
    },
    either,
  );
  try {
    await Promise.all([reconciler.run(either), link]);
  } finally {
    ending.abort();
  }
}

async function openFolder(folder: string, host: string) {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await openReplica(join(folder, 'replica.jsonl'), host);
  } catch (cause) {
    throw agentError('AGENT_DATA_FOLDER', { folder, reason: cause instanceof Error ? cause.message : '' }, cause);
  }
}
