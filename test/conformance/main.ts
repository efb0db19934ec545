/**
 * Holds the controller against what the field uses: `npm run conformance -- [suite ...] [--only TEXT] [--report FOLDER]`.
 *
 *   tempest   tempest.api.network, whole
 *   walk      the openstack command over every resource it has commands for
 *   sdk       50 calls of openstacksdk, compared with the captured exchanges of the real server
 *
 * Without suites it runs all three. Each closes with "N passed, N failed, N skipped"; the exit code is 1 when anything failed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultsOf, openCloud } from './cloud.ts';
import { countOf, summaryOf, troublesOf } from './outcome.ts';
import { SUITES } from './suites.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, report: { type: 'string' } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
let bad = false;
for (const [name, run] of Object.entries(SUITES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n== ${name}`);
  await using cloud = await openCloud();
  const start = performance.now();
  const outcomes = await run(cloud, values.only);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const troubles = troublesOf(outcomes);
  if (troubles !== '') console.log(troubles);
  console.log(`${name}: ${summaryOf(outcomes)} in ${seconds} s`);
  const faults = faultsOf(cloud);
  for (const fault of faults) console.log(`the controller logged a fault of its own: ${fault.slice(0, 1000)}`);
  bad ||= faults.length > 0 || countOf(outcomes, 'failed') > 0;
  if (values.report === undefined) continue;
  mkdirSync(values.report, { recursive: true });
  writeFileSync(join(values.report, `${name}.json`), JSON.stringify(outcomes, undefined, 1));
}
process.exitCode = bad ? 1 : 0;
