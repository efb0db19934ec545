interface Waiting<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchOptions<Request, Result> {
  /** Serves all requests or none of them; one result each, in their order. */
  readonly run: (requests: readonly Request[]) => Promise<readonly Result[]>;
  /** Most requests in one batch. */
  readonly most: number;
  /** After this error it is not known that nothing happened: nothing may be done again. */
  readonly isFinal: (error: unknown) => boolean;
}

/**
 * Serves requests of one key together: those that come while others are under way wait for them, then run as one batch. Nobody waits
 * for company: a request that comes alone runs alone, and the more come at once the less each one costs. When a batch fails, its
 * requests run one by one, so that each has its own result or its own error.
 */
export function batches<Request, Result>({
  run,
  most,
  isFinal,
}: BatchOptions<Request, Result>): (key: string, request: Request) => Promise<Result> {
  /** By keys that have a batch under way. */
  const queues = new Map<string, Waiting<Request, Result>[]>();

  async function drain(key: string, queue: Waiting<Request, Result>[]): Promise<void> {
    while (queue.length > 0) await serve(queue.splice(0, most));
    queues.delete(key);
  }

  async function serve(batch: readonly Waiting<Request, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ request }) => request));
      if (results.length !== batch.length) throw new Error('a batch has as many results as requests');
      for (const [i, result] of results.entries()) batch[i]?.resolve(result);
    } catch (error) {
      if (batch.length > 1 && !isFinal(error)) await Promise.all(batch.map((one) => serve([one])));
      else for (const { reject } of batch) reject(error);
    }
  }

  return (key, request) =>
    new Promise((resolve, reject) => {
      const one = { request, resolve, reject };
      const queue = queues.get(key);
      if (queue !== undefined) {
        queue.push(one);
        return;
      }
      const mine = [one];
      queues.set(key, mine);
      void drain(key, mine);
    });
}
