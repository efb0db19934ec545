/** What a table of errors says of one code; `{name}` in the texts is filled in when the error is made. */
export interface ErrorEntry {
  /** HTTP status, where the error can reach an API client. */
  readonly status?: number;
  /** What happened. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What fills the `{name}` places of an entry's texts. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** An error a user can meet: a stable code, what happened, what to do. */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly status: number;
  readonly remedy: string;

  constructor(code: Code, entry: ErrorEntry, details: ErrorDetails, cause?: unknown) {
    super(fill(entry.message, details), cause === undefined ? undefined : { cause });
    this.name = 'CodedError';
    this.code = code;
    this.status = entry.status ?? 500;
    this.remedy = fill(entry.remedy, details);
  }
}

function fill(text: string, details: ErrorDetails): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`));
}

/** Makes errors of one package's table: `const fail = errorMaker(TABLE); throw fail('CODE', { host }, cause)`. */
export function errorMaker<Table extends Readonly<Record<string, ErrorEntry>>>(table: Table) {
  return <Code extends keyof Table & string>(
    code: Code,
    details: ErrorDetails = {},
    cause?: unknown,
  ): CodedError<Code> => new CodedError(code, table[code] as ErrorEntry, details, cause);
}
