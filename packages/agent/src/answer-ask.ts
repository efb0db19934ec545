import type { AgentMessage, ControllerMessage } from '@netloom/api/link/messages';
import type { Answer } from '@netloom/api/link/questions';
import type { Driver, RuleHits } from '@netloom/drivers/driver';
import { codeAndWords } from './agent-errors.ts';
import type { Probes } from './probes.ts';

type Ask = Extract<ControllerMessage, { type: 'ask' }>;

export interface AnswererOptions {
  readonly driver: Driver;
  readonly probes: Probes;
  readonly signal: AbortSignal;
}

/** Answers what a controller asks of the target. Never rejects; those who ask for hits at the same time share one look. */
export function makeAnswerer({ driver, probes, signal }: AnswererOptions): (ask: Ask) => Promise<AgentMessage> {
  let looking: Promise<RuleHits[]> | undefined;

  const look = (): Promise<RuleHits[]> => {
    if (driver.hits === undefined) return Promise.reject(new Error(`driver ${driver.kind} counts no hits`));
    looking ??= driver.hits(signal).finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const hitsOf = async (groups: readonly string[]): Promise<Answer> => {
    const wanted = new Set(groups);
    const hits = (await look()).filter(({ table, group }) => table === 'filters' && wanted.has(group));
    const counts = hits.map(({ group, rule, packets, bytes }) => ({ group, rule, packets, bytes }));
    return { kind: 'hits', counts };
  };

  return async ({ id, question }) => {
    try {
      const answer = question.kind === 'hits' ? await hitsOf(question.groups) : await probes.answer(question);
      return { type: 'answer', id, answer };
    } catch (error) {
      const { code, message } = codeAndWords(error);
      return { type: 'answer', id, answer: { kind: 'problem', problem: `${code}: ${message}`.slice(0, 4000) } };
    }
  };
}
