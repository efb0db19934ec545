import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { IdentityError } from './identity-error.ts';

/** What one hashing costs: memory in KiB, passes over it, lanes. */
export interface HashCost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane. */
const DEFAULT_COST: HashCost = { memory: 19_456, passes: 2, parallelism: 1 };

const TAG_BYTES = 32;
const SALT_BYTES = 16;

/** `outdated`: right, but hashed at another cost than today's, so to be hashed anew. */
export type PasswordVerdict = 'right' | 'outdated' | 'wrong';

export interface PasswordHasher {
  /** PHC string: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash". */
  hash(password: string): Promise<string>;
  /** `stored` null (no such user, or no password) takes as long as a wrong password does. */
  verify(password: string, stored: string | null): Promise<PasswordVerdict>;
}

interface Stored {
  readonly cost: HashCost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/**
 * Hashes off the main thread, at most `concurrency` at a time, because each takes `memory` and a thread of libuv's pool of
 * four. Beyond `queueLength` waiting ones, it answers 503 at once rather than pile up.
 */
export function createPasswordHasher(
  options: { cost?: HashCost; concurrency?: number; queueLength?: number } = {},
): PasswordHasher {
  const { cost = DEFAULT_COST, concurrency = 2, queueLength = 256 } = options;
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < concurrency) {
      running += 1;
    } else {
      if (waiting.length >= queueLength) throw new IdentityError(503, 'Too many logins at this moment; try again.');
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const tag = await inTurn(() => computeTag(password, salt, cost));
      return format({ cost, salt, tag });
    },
    async verify(password, stored) {
      const expected = stored === null ? undefined : parse(stored);
      const {
        salt,
        tag,
        cost: storedCost,
      } = expected ?? { salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES), cost };
      const actual = await inTurn(() => computeTag(password, salt, storedCost));
      const same = timingSafeEqual(actual, tag);
      if (expected === undefined || !same) return 'wrong';
      return sameCost(storedCost, cost) ? 'right' : 'outdated';
    },
  };
}

function computeTag(password: string, nonce: Buffer, cost: HashCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parameters = { message: Buffer.from(password, 'utf8'), nonce, tagLength: TAG_BYTES, ...cost };
    argon2('argon2id', parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
}

function format({ cost, salt, tag }: Stored): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(tag)}`;
}

function parse(stored: string): Stored | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/.exec(stored);
  if (match === null) return undefined;
  const [, memory, passes, parallelism, salt = '', tag = ''] = match;
  const bytes = Buffer.from(tag, 'base64');
  if (bytes.length !== TAG_BYTES) return undefined;
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  return { cost, salt: Buffer.from(salt, 'base64'), tag: bytes };
}

function sameCost(a: HashCost, b: HashCost): boolean {
  return a.memory === b.memory && a.passes === b.passes && a.parallelism === b.parallelism;
}
