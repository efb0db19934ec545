import { liveTraceBody, traceBody } from '@netloom/api/client/trace-body';
import { toWireTables } from '@netloom/api/link/wire-tables';
import { trace } from '@netloom/core/trace/trace';
import { loomWorld } from '@netloom/core/trace/world';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { ApiError } from '../http/api-error.ts';
import { sendAnswer } from '../http/send-answer.ts';
import type { ServerPlugin } from '../http/server.ts';
import type { Store } from '../store/store.ts';
import { createHost, deleteHost, type HostRow, listHosts, parseNewHost, rotateHostKey, showHost } from './host-rows.ts';
import { liveTrace } from './live-trace.ts';
import { readNumber, readQuery } from './query.ts';
import type { Realize } from './realize.ts';
import { listEvents, listPackets, listStatuses } from './report-rows.ts';
import { readTraceBody, readTraceQuestion } from './trace-question.ts';

type Named = { Params: { name: string } };

const LONGEST_WAIT_SECONDS = 60;

/** What OpenStack has no API for: hosts, how far a change is realized, statuses, drift, trace. For admins only. */
export function realizePlugin(store: Store, realize: Realize): ServerPlugin {
  const shown = (row: HostRow) => ({ ...row, connected: realize.isConnected(row.name) });

  const routes: FastifyPluginAsync = async (scope) => {
    scope.addHook('onRequest', async ({ caller, method }) => {
      if (!caller.isAdmin)
        throw new ApiError(403, 'PolicyNotAuthorized', `rule:${method.toLowerCase()}_netloom is disallowed by policy`);
    });

    scope.get('/hosts', async (request, reply) => {
      const { name } = readQuery(request, ['name']);
      const hosts = (await listHosts(store)).filter((row) => name === undefined || row.name === name);
      return sendAnswer(reply, { status: 200, body: { hosts: hosts.map(shown) } });
    });
    scope.post('/hosts', async (request, reply) => {
      const { host, revision } = await createHost(store, realize.keys, parseNewHost(request.body));
      return sendAnswer(reply, { status: 201, body: { host: shown(host) }, revision });
    });
    scope.get<Named>('/hosts/:name', async ({ params }, reply) =>
      sendAnswer(reply, { status: 200, body: { host: shown(await showHost(store, params.name)) } }),
    );
    scope.put<Named>('/hosts/:name/rotate', async ({ params }, reply) => {
      const host = await rotateHostKey(store, realize.keys, params.name);
      return sendAnswer(reply, { status: 200, body: { host: shown(host) } });
    });
    scope.delete<Named>('/hosts/:name', async ({ params }, reply) =>
      sendAnswer(reply, { status: 204, revision: await deleteHost(store, params.name) }),
    );
    scope.get<Named>('/hosts/:name/view', async ({ params }, reply) => {
      const { name } = await showHost(store, params.name);
      const view = { host: name, revision: realize.revision, tables: toWireTables(realize.loom.view(name)) };
      return sendAnswer(reply, { status: 200, body: { view } });
    });

    scope.get('/realization', async (request, reply) => {
      const query = readQuery(request, ['revision', 'wait']);
      const revision = readNumber(query, 'revision', Number.MAX_SAFE_INTEGER) ?? realize.revision;
      const seconds = Math.min(readNumber(query, 'wait', Number.MAX_SAFE_INTEGER) ?? 0, LONGEST_WAIT_SECONDS);
      const wait = seconds > 0 ? { milliseconds: seconds * 1000, signal: goneSignal(reply) } : undefined;
      const realization = await realize.realizations.read(revision, wait);
      return sendAnswer(reply, { status: 200, body: { realization } });
    });
    scope.get('/statuses', async (request, reply) => {
      const statuses = await listStatuses(store, readQuery(request, ['host', 'table', 'id', 'state']));
      return sendAnswer(reply, { status: 200, body: { statuses } });
    });
    scope.get('/events', async (request, reply) => {
      const query = readQuery(request, ['host', 'after', 'limit']);
      const after = readNumber(query, 'after', Number.MAX_SAFE_INTEGER) ?? 0;
      const limit = readNumber(query, 'limit', Number.MAX_SAFE_INTEGER) ?? 1000;
      return sendAnswer(reply, {
        status: 200,
        body: { events: await listEvents(store, { host: query['host'], after, limit }) },
      });
    });
    scope.get<{ Params: { id: string } }>('/logs/:id/events', async (request, reply) => {
      const query = readQuery(request, ['since', 'limit']);
      const since = readNumber(query, 'since', Number.MAX_SAFE_INTEGER);
      const limit = readNumber(query, 'limit', Number.MAX_SAFE_INTEGER) ?? 1000;
      const events = await listPackets(store, { log: request.params.id, since, limit });
      return sendAnswer(reply, { status: 200, body: { events, next: events.at(-1)?.id ?? since ?? 0 } });
    });
    scope.get('/trace', async (request, reply) => {
      const body = { trace: traceBody(trace(readTraceQuestion(request), loomWorld(realize.loom))) };
      return sendAnswer(reply, { status: 200, body });
    });
    scope.post('/trace/live', async (request, reply) => {
      const parts = {
        world: loomWorld(realize.loom),
        ask: (...asked: Parameters<Realize['ask']>) => realize.ask(...asked),
      };
      const found = await liveTrace(readTraceBody(request.body), parts, goneSignal(reply));
      return sendAnswer(reply, { status: 200, body: liveTraceBody(found) });
    });
  };
  return { prefix: '/v2.0/netloom', routes };
}

/** Aborts when the client is no longer there to hear the answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
