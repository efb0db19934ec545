import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Every scenario of this repository, by path. */
export const SCENARIO_FILES: readonly string[] = [
  'examples/two-tier.yaml',
  ...readdirSync(new URL('test/scenarios/', ROOT)).map((name) => `test/scenarios/${name}`),
].map((path) => fileURLToPath(new URL(path, ROOT)));
