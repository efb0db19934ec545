import { errorMaker } from '@netloom/core/errors/coded-error';

/** Errors of identity that an operator meets on the machine itself, not through the API. */
export const IDENTITY_FAILURES = {
  INSTALLATION_SECRET_EXPOSED: {
    message: 'The installation secret {file} can be read by others (mode {mode}).',
    remedy:
      'Whoever read it can forge tokens. Stop netloom, delete {file} (all tokens and host keys become void) or, if nobody else has an account here, run: chmod 600 {file}',
  },
  INSTALLATION_SECRET_DAMAGED: {
    message: 'The installation secret {file} does not hold 64 hexadecimal digits.',
    remedy: 'Restore it from a backup, or delete it: a new one is made, and all tokens and host keys become void.',
  },
  INSTALLATION_SECRET_UNUSABLE: {
    message: 'The installation secret {file} cannot be read or created: {reason}.',
    remedy: 'Make the data folder writable for the user that runs the controller.',
  },
  ADMIN_MISSING: {
    message: 'There is no user "admin" in the domain "default".',
    remedy:
      'Start the controller once on this database: it creates the admin user. If it was deleted on purpose, use another administrator.',
  },
} as const;

export const identityFailure = errorMaker(IDENTITY_FAILURES);
