import pg from 'pg';
import { parseArray } from './parse-array.ts';

/** How to reach the database: what every connection of a store is opened with. */
export function connectionConfig(url: string): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: 'netloom',
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    // Compiling a statement takes longer than the longest list: the planner's guesses for them make it think otherwise.
    options: '-c jit=off',
    // Statements leave without waiting for the answers to those before.
    pipeline: true,
    types: { getTypeParser },
  } as pg.PoolConfig;
}

const INT8 = 20;
const TEXT_ARRAY = 1009;
const UUID_ARRAY = 2951;

/** As `pg` does, but bigint columns are numbers while that is exact. numeric stays text, inet and cidr are text, timestamptz is a Date. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8) return int8;
  const parser = pg.types.getTypeParser(oid, format as 'text');
  if (oid === TEXT_ARRAY || oid === UUID_ARRAY) return (text: string) => parseArray(text, parser);
  return parser;
}

function int8(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

const NAMED_MAX = 500;

/**
 * Names for statements, so that each connection parses and plans one only once. A text gets its name when it is seen for the
 * second time: texts that are put together for one request must not fill the server's memory.
 */
export function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string | undefined>();
  let count = 0;
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (count >= NAMED_MAX) return undefined;
    if (!names.has(text)) {
      if (names.size > 4 * NAMED_MAX) for (const [old, name] of names) if (name === undefined) names.delete(old);
      names.set(text, undefined);
      return undefined;
    }
    const name = `netloom_${++count}`;
    names.set(text, name);
    return name;
  };
}
