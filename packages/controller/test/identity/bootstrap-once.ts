import { bootstrapIdentity } from '../../src/identity/bootstrap.ts';
import { openStore } from '../../src/store/postgres-store.ts';

/** A process of its own for the test of concurrent bootstraps: prints what it got. */
const [url = '', dataFolder = ''] = process.argv.slice(2);
const store = await openStore({ url });
const result = await bootstrapIdentity({ store, dataFolder, publicUrl: 'http://127.0.0.1:5000' });
await store.close();
console.log(JSON.stringify(result));
