import type { Answer, Question } from '@netloom/api/link/questions';
import type { Store } from '../store/store.ts';
import type { AgentAsker, AnswersOfHosts, QuestionsOfHosts } from './ask-agents.ts';
import { ANSWERS_CHANNEL, ASKS_CHANNEL } from './channels.ts';

/** Questions to agents wherever they are connected: those of other controllers are asked by these. */
export interface Asker extends AsyncDisposable {
  /** As `AgentAsker.ask`; `isElsewhere` says whose agent another controller has. */
  ask(questions: QuestionsOfHosts, patience: AbortSignal): Promise<AnswersOfHosts>;
}

export interface AskerOptions {
  readonly store: Store;
  readonly agents: AgentAsker;
  isHere(host: string): boolean;
  isElsewhere(host: string): boolean;
  onError(error: unknown): void;
}

/** Longest that one controller waits for agents on behalf of another, in milliseconds. */
const ON_BEHALF = 10_000;

export async function openAsker(options: AskerOptions): Promise<Asker> {
  const { store, agents } = options;
  const arrivals = new Map<string, () => void>();

  const answerFor = async (id: string) => {
    const [asked] = await store.query<{ questions: Record<string, Question> }>(
      'SELECT questions FROM asks WHERE id = $1',
      [id],
    );
    const here = Object.entries(asked?.questions ?? {}).filter(([host]) => options.isHere(host));
    if (here.length === 0) return;
    const answers = await agents.ask(new Map(here), AbortSignal.timeout(ON_BEHALF));
    const rows = Array.from(answers, ([host, answer]) => ({ host, answer }));
    await store.query(
      `WITH answers AS (
         INSERT INTO ask_answers (ask, host, answer)
         SELECT id, r.host, r.answer FROM asks, jsonb_to_recordset($2::jsonb) AS r (host text, answer jsonb) WHERE id = $1
         ON CONFLICT DO NOTHING)
       SELECT pg_notify($3, $1::text)`,
      [id, JSON.stringify(rows), ANSWERS_CHANNEL],
    );
  };

  const askOthers = async (questions: QuestionsOfHosts, patience: AbortSignal): Promise<AnswersOfHosts> => {
    if (questions.size === 0) return new Map();
    const [ask] = await store.query<{ id: string }>(
      `WITH forgotten AS (DELETE FROM asks WHERE asked_at < now() - interval '1 minute')
       INSERT INTO asks (questions) VALUES ($1) RETURNING id`,
      [JSON.stringify(Object.fromEntries(questions))],
    );
    const id = ask?.id ?? '';
    let answers: AnswersOfHosts = new Map();
    try {
      let arrived = Promise.withResolvers<void>();
      arrivals.set(id, () => arrived.resolve());
      const giveUp = (): void => arrived.resolve();
      patience.addEventListener('abort', giveUp, { once: true });
      await store.query('SELECT pg_notify($1, $2)', [ASKS_CHANNEL, id]);
      while (answers.size < questions.size && !patience.aborted) {
        await arrived.promise;
        arrived = Promise.withResolvers();
        const rows = await store.query<{ host: string; answer: Answer }>(
          'SELECT host, answer FROM ask_answers WHERE ask = $1',
          [id],
        );
        answers = new Map(rows.map((row) => [row.host, row.answer]));
      }
      patience.removeEventListener('abort', giveUp);
      return answers;
    } finally {
      arrivals.delete(id);
      await store.query('DELETE FROM asks WHERE id = $1', [id]);
    }
  };

  await using listening = new AsyncDisposableStack();
  listening.use(
    await store.listen(ASKS_CHANNEL, (id) => {
      if (id !== null && !arrivals.has(id)) answerFor(id).catch((error: unknown) => options.onError(error));
    }),
  );
  listening.use(await store.listen(ANSWERS_CHANNEL, (id) => (id === null ? undefined : arrivals.get(id)?.())));
  const open = listening.move();
  return {
    async ask(questions, patience) {
      const elsewhere = new Map([...questions].filter(([host]) => !options.isHere(host) && options.isElsewhere(host)));
      const [mine, others] = await Promise.all([agents.ask(questions, patience), askOthers(elsewhere, patience)]);
      return new Map([...others, ...mine]);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
