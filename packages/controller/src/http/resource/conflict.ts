import { ApiError } from '../api-error.ts';
import { REDRAW, type Resource, type Values } from './definition.ts';

/** A key that the rules drew at random turned out to be in use: the same transaction again will draw another one. */
export class DrawnTwice extends Error {}

interface DatabaseError {
  readonly code: string;
  readonly constraint?: string;
  readonly detail?: string;
}

/** Turns a violated constraint into the answer that the resource has for it; other errors come back as they are. */
export function explainConflict(resource: Resource, error: unknown, values: readonly Values[]): unknown {
  if (!isDatabaseError(error) || error.constraint === undefined) return error;
  const explain = resource.conflicts?.[error.constraint];
  if (explain === undefined) return error;
  const answer = explain({ key: failedKey(error.detail ?? ''), values });
  if (answer === REDRAW) return new DrawnTwice(error.constraint, { cause: error });
  return new ApiError(answer.status, answer.type, answer.message, error);
}

function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('23');
}

/** 'Key (network_id, mac_address)=(x, y) already exists.' holds the values that failed. */
function failedKey(detail: string): string[] {
  return /\)=\((.*)\) /.exec(detail)?.[1]?.split(', ') ?? [];
}
