import { CodedError } from '@netloom/core/errors/coded-error';

/** Tells a person on stderr what went wrong: code, what happened, what to do; the causes below it. */
export function printFailure(error: unknown): void {
  if (!(error instanceof CodedError)) {
    console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return;
  }
  console.error(`netloom: ${error.code}: ${error.message}`);
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    console.error(`  because: ${cause.message}`);
  console.error(`  ${error.remedy}`);
}
