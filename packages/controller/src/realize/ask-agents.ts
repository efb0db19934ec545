import type { AgentMessage, ControllerMessage } from '@netloom/api/link/messages';
import type { Answer, Question } from '@netloom/api/link/questions';
import type { AgentSession } from './agent-session.ts';

type AnswerMessage = Extract<AgentMessage, { type: 'answer' }>;

/** What to ask each host, by host. */
export type QuestionsOfHosts = ReadonlyMap<string, Question>;

/** What hosts answered. */
export type AnswersOfHosts = ReadonlyMap<string, Answer>;

/** Questions to the agents that are connected to this controller. */
export interface AgentAsker {
  /** Asks them all at once, until the patience is over; without those that are not here or do not answer. */
  ask(questions: QuestionsOfHosts, patience: AbortSignal): Promise<AnswersOfHosts>;
  /** What an agent said to a question; whatever comes too late is dropped. */
  answered(host: string, message: AnswerMessage): void;
  /** The agent is gone, and answers nothing any more. */
  left(host: string): void;
}

export interface AgentAskerOptions {
  readonly sessions: ReadonlyMap<string, AgentSession>;
  /** An agent cannot say, and tells why. */
  readonly onProblem: (host: string, problem: string) => void;
}

export function makeAgentAsker({ sessions, onProblem }: AgentAskerOptions): AgentAsker {
  const open = new Map<number, { readonly host: string; readonly settle: (answer: Answer | undefined) => void }>();
  let last = 0;

  const askOne = async (host: string, question: Question, patience: AbortSignal) => {
    const session = sessions.get(host);
    if (session === undefined || session.closed) return undefined;
    const id = ++last;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const giveUp = (): void => resolve(undefined);
    open.set(id, { host, settle: resolve });
    patience.addEventListener('abort', giveUp, { once: true });
    try {
      if (patience.aborted) return undefined;
      const message: ControllerMessage = { type: 'ask', id, question };
      void session.send(Buffer.from(JSON.stringify(message)));
      const answer = await promise;
      if (answer?.kind === 'problem') onProblem(host, answer.problem);
      return answer;
    } finally {
      patience.removeEventListener('abort', giveUp);
      open.delete(id);
    }
  };

  return {
    async ask(questions, patience) {
      const answers = await Promise.all(
        Array.from(questions, async ([host, question]) => [host, await askOne(host, question, patience)] as const),
      );
      return new Map(answers.filter((pair): pair is [string, Answer] => pair[1] !== undefined));
    },
    answered(host, { id, answer }) {
      const question = open.get(id);
      if (question?.host === host) question.settle(answer);
    },
    left(host) {
      for (const question of open.values()) if (question.host === host) question.settle(undefined);
    },
  };
}
