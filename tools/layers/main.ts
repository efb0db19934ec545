import { resolve } from 'node:path';
import { checkLayers } from './check-layers.ts';

const faults = checkLayers(resolve(import.meta.dirname, '../..'));
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? 'layers: every import points the right way' : `layers: ${faults.length} wrong`);
process.exitCode = faults.length === 0 ? 0 : 1;
