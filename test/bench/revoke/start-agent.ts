import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { EmulatedHost } from '../../../packages/drivers/test/emulated-host.ts';
import { background } from './background.ts';

/** Starts `netloom agent` with the bridge driver on an emulated host. `controller` is the address it connects to. */
export async function startAgent(
  host: EmulatedHost,
  { key, controller, folder }: { readonly key: string; readonly controller: string; readonly folder: string },
): Promise<void> {
  const data = join(folder, host.name);
  await mkdir(data, { recursive: true });
  const keyFile = join(data, 'link.key');
  await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
  const launcher = createRequire(import.meta.url).resolve('netloom/bin/netloom.js');
  const words = ['agent', '--controller', controller, '--key-file', keyFile, '--underlay-address', host.vtep];
  const places = ['--namespace', host.dataPlane, '--data-folder', join(data, 'agent'), '--log-level', 'warn'];
  await background(host.name, [process.execPath, launcher, ...words, ...places]);
}
