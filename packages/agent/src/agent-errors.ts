import { errorMaker } from '@netloom/core/errors/coded-error';

/** What an operator of an agent can meet besides the errors of the link and of the driver. */
export const AGENT_ERRORS = {
  AGENT_OPTION: {
    message: 'option {option}: {reason}',
    remedy: 'See netloom agent --help; every option can also come from the environment as {variable}.',
  },
  AGENT_KEY_FILE: {
    message: 'cannot take the link key from {file}: {reason}',
    remedy: 'Write the "link_key" of this host into that file, readable by the agent only (mode 0600).',
  },
  AGENT_DATA_FOLDER: {
    message: 'cannot use the data folder {folder}: {reason}',
    remedy: 'Give the agent a folder of its own that it may write to (--data-folder).',
  },
  AGENT_DRIVER_UNKNOWN: {
    message: 'there is no driver "{driver}"',
    remedy: 'Use one of: {known}.',
  },
  AGENT_DRIVER_OPEN: {
    message: 'driver {driver} cannot work here: {reason}',
    remedy: 'See the message of the driver; netloom doctor tries what a host needs.',
  },
  AGENT_PROBE: {
    message: 'the packet is not followed: {reason}',
    remedy: 'Ask again; when it goes on, look into the log of the agent.',
  },
  AGENT_DRIVER_FAILED: {
    message: 'the driver failed as a whole: {reason}',
    remedy: 'Nothing to do at once: the agent looks at its target anew and tries again.',
  },
} as const;

export const agentError = errorMaker(AGENT_ERRORS);

/** "CODE: words" of whatever was thrown, for statuses that travel. */
export function codeAndWords(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(code)) return { code, message };
  return { code: 'AGENT_DRIVER_FAILED', message: agentError('AGENT_DRIVER_FAILED', { reason: message }).message };
}
