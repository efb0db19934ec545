import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import { pythonText } from '../../resource/python-text.ts';
import { InvalidValue, invalidInput, type ValueType } from '../../resource/value-types.ts';

const LONGEST_HINTS = 255;

/** Zones whose agents may host a network or a router; empty for all. */
export const zoneHints: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { type: 'string' }, uniqueItems: true },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) throw new InvalidValue(`'${pythonText(value)}' is not a list`);
    const texts = value.map((hint: unknown) => {
      if (typeof hint !== 'string') throw new InvalidValue(`'${pythonText(hint)}' is not a valid string`);
      return hint;
    });
    if (new Set(texts).size < texts.length) {
      throw new InvalidValue(`Duplicate items in the list: '${pythonText(value)}'`);
    }
    if (JSON.stringify(texts).length > LONGEST_HINTS) {
      throw invalidInput('Too many availability_zone_hints specified');
    }
    return texts;
  },
  fromText: () => undefined,
};

/** Throws 404 for a zone that has no agent of the type. */
export async function checkZoneHints(tx: Queryable, agentType: string, hints: readonly string[]): Promise<void> {
  if (hints.length === 0) return;
  const [unknown] = await tx.query<{ zone: string }>(
    'SELECT zone FROM unnest($2::text[]) AS zone WHERE NOT EXISTS (SELECT FROM agents WHERE agent_type = $1 AND availability_zone = zone) LIMIT 1',
    [agentType, hints],
  );
  if (unknown === undefined) return;
  throw new ApiError(404, 'AvailabilityZoneNotFound', `AvailabilityZone ${unknown.zone} could not be found.`);
}
