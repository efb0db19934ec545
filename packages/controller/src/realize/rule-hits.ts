import type { Loom } from '@netloom/core/compile/loom';
import { holdsSql } from '../http/access.ts';
import { ApiError } from '../http/api-error.ts';
import type { Caller } from '../http/caller.ts';
import type { Queryable } from '../store/store.ts';
import type { AnswersOfHosts, QuestionsOfHosts } from './ask-agents.ts';

export interface HitsQuestion {
  /** Id or name. */
  readonly group: string | undefined;
  /** Id of a port: its groups, on its host. */
  readonly port: string | undefined;
}

/** What to ask the hosts that carry groups of the question, of those that belong to the caller. Throws 404 for what the caller cannot see. */
export async function findAsked(
  store: Queryable,
  loom: Loom,
  { question: { group, port }, caller }: { readonly question: HitsQuestion; readonly caller: Caller },
): Promise<QuestionsOfHosts> {
  const groups = await ownGroups(store, caller, group);
  if (group !== undefined && groups.length === 0)
    throw new ApiError(404, 'SecurityGroupNotFound', `Security group ${group} does not exist`);
  const place = port === undefined ? undefined : await ownPort(store, caller, port);
  const hosts = new Map<string, string[]>();
  for (const id of groups) {
    if (place !== undefined && !place.groups.includes(id)) continue;
    for (const host of loom.carriersOfGroup(id)) {
      if (place !== undefined && place.host !== host) continue;
      hosts.set(host, [...(hosts.get(host) ?? []), id]);
    }
  }
  return new Map(Array.from(hosts, ([host, ids]) => [host, { kind: 'hits', groups: ids }]));
}

async function ownGroups(store: Queryable, caller: Caller, wanted: string | undefined): Promise<string[]> {
  const values: unknown[] = [wanted ?? null];
  const rows = await store.query<{ id: string }>(
    `SELECT id FROM security_groups t WHERE ($1::text IS NULL OR t.id::text = $1 OR t.name = $1) AND ${owned(caller, values)} ORDER BY id`,
    values,
  );
  return rows.map(({ id }) => id);
}

async function ownPort(store: Queryable, caller: Caller, id: string): Promise<{ host: string; groups: string[] }> {
  const values: unknown[] = [id];
  const [row] = await store.query<{ host: string; groups: string[] }>(
    `SELECT host, security_groups AS groups FROM ports t WHERE t.id::text = $1 AND ${owned(caller, values)}`,
    values,
  );
  if (row === undefined) throw new ApiError(404, 'PortNotFound', `Port ${id} could not be found.`);
  return row;
}

function owned(caller: Caller, values: unknown[]): string {
  const facts = { project: 't.project_id', sharedWith: `'{}'::text[]`, networkProject: 'NULL' };
  return holdsSql(['owner'], caller, { facts, bind: (value) => `$${values.push(value)}` });
}

/** The body of an answer. */
export function hitsBody(asked: QuestionsOfHosts, answers: AnswersOfHosts): object {
  const hits = [...answers].flatMap(([host, answer]) =>
    (answer.kind === 'hits' ? answer.counts : []).map(({ rule, group, ...counted }) => ({
      rule,
      security_group: group,
      host,
      ...counted,
    })),
  );
  return { hits, unanswered: [...asked.keys()].filter((host) => answers.get(host)?.kind !== 'hits').sort() };
}
