/** Which packages of ours each package may import: the arrows of ARCHITECTURE.md. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  '@netloom/core': [],
  '@netloom/api': ['@netloom/core'],
  '@netloom/controller': ['@netloom/api', '@netloom/core'],
  '@netloom/drivers': ['@netloom/core'],
  '@netloom/agent': ['@netloom/api', '@netloom/core', '@netloom/drivers'],
  '@netloom/lab': ['@netloom/api', '@netloom/core'],
  netloom: ['@netloom/api', '@netloom/core', '@netloom/lab'],
};

/** Packages that run anywhere, also in a browser: nothing from outside, not even node: modules. */
export const PURE: readonly string[] = ['@netloom/core'];

/** Folders of one package that must not know each other; what they share goes down into a folder not named here. */
export const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  '@netloom/drivers': ['memory', 'bridge', 'ovs', 'vsphere'],
};

/** Files that only tests and the lab may import. */
export const TEST_ONLY = /(^|\/)(conformance|testing\/.*|fake-[^/]*)(\.ts)?$/;
