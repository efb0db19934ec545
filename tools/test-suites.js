// The suites in the order they run: what each needs, and how many files of it may run side by side on two cores.

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string[]} files  patterns below the root
 * @property {string[]} except  patterns taken out of them
 * @property {string[]} flags  for node --test
 */

const EVERYWHERE = ['packages/*/test', 'lab/test', 'test'];
const tests = (/** @type {string} */ ending) => EVERYWHERE.map((folder) => `${folder}/**/*${ending}.test.ts`);
const NEEDY = ['.db', '.net', '.client'].flatMap(tests);

/** @type {Suite[]} */
export const SUITES = [
  { name: 'unit', files: tests(''), except: NEEDY, flags: ['--test-isolation=none'] },
  {
    name: 'database',
    files: tests('.db'),
    except: [],
    flags: ['--test-concurrency=2', '--test-global-setup=packages/controller/test/support/global-setup.ts'],
  },
  { name: 'clients', files: tests('.client'), except: [], flags: ['--test-concurrency=1'] },
  { name: 'network', files: tests('.net'), except: [], flags: ['--test-concurrency=1'] },
];
