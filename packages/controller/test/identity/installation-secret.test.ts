import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deriveKey, loadInstallationSecret } from '../../src/identity/installation-secret.ts';

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'netloom-secret-'));
  t.after(() => rm(made, { recursive: true }));
  return made;
}

test('the secret is made once, for whoever asks at the same time, and kept from others', async (t) => {
  const data = join(await folder(t), 'data');
  const secrets = await Promise.all(Array.from({ length: 10 }, () => loadInstallationSecret(data)));
  const [first = new Uint8Array()] = secrets;
  assert.equal(first.length, 32);
  for (const secret of secrets) assert.deepEqual(secret, first);
  assert.deepEqual(await loadInstallationSecret(data), first);
  assert.deepEqual(await readdir(data), ['installation-secret']);
  assert.equal((await stat(join(data, 'installation-secret'))).mode & 0o777, 0o600);
  assert.equal((await stat(data)).mode & 0o077, 0);
});

test('a secret that others can read, or that is damaged, is refused', async (t) => {
  const data = await folder(t);
  const file = join(data, 'installation-secret');
  await loadInstallationSecret(data);
  await chmod(file, 0o640);
  await assert.rejects(loadInstallationSecret(data), { code: 'INSTALLATION_SECRET_EXPOSED', message: /mode 640/ });
  await chmod(file, 0o600);
  await writeFile(file, 'abc');
  await assert.rejects(loadInstallationSecret(data), { code: 'INSTALLATION_SECRET_DAMAGED' });
  await assert.rejects(loadInstallationSecret(file), { code: 'INSTALLATION_SECRET_UNUSABLE' });
});

test('keys for different purposes are unrelated, and the same each time (RFC 5869, test case 3)', () => {
  const secret = new Uint8Array(32).fill(1);
  assert.equal(deriveKey(secret, 'a').length, 32);
  assert.deepEqual(deriveKey(secret, 'a'), deriveKey(secret, 'a'));
  assert.notDeepEqual(deriveKey(secret, 'a'), deriveKey(secret, 'b'));
  const rfc = deriveKey(new Uint8Array(22).fill(0x0b), '');
  assert.equal(rfc.toString('hex'), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d');
});
