import type { Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { Caller } from '../caller.ts';
import { explainConflict } from './conflict.ts';
import type { ActionTarget, MemberAction, Resource } from './definition.ts';
import { lockRow, readRow } from './locked-row.ts';
import { ruleContext } from './rule-context.ts';
import { transact } from './transact.ts';

/** Does what a path under one object stands for. */
export async function act(
  store: Store,
  resource: Resource,
  { action, id, caller, ...asked }: { action: MemberAction; id: string; caller: Caller } & Omit<ActionTarget, 'object'>,
): Promise<Answer> {
  const { rule, conditions } = action;
  if (action.method === 'GET') {
    const object = await readRow(store, resource, { id, caller, rule, conditions });
    const { context } = ruleContext(resource, { tx: store, caller });
    return answer(action, await action.run({ ...asked, object }, context));
  }
  const { value, revision } = await transact(store, async (tx) => {
    const object = await lockRow(tx, resource, { id, caller, rule, conditions });
    try {
      return await action.run({ ...asked, object }, ruleContext(resource, { tx, caller }).context);
    } catch (error) {
      throw explainConflict(resource, error, [object]);
    }
  });
  return { ...answer(action, value), revision };
}

function answer({ status }: MemberAction, body: unknown): Answer {
  return body === undefined ? { status: status ?? 204 } : { status: status ?? 200, body };
}
