import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface CloudsFile {
  readonly dataFolder: string;
  /** As "http://192.0.2.1:9696". */
  readonly publicUrl: string;
}

/** The admin's credentials as every OpenStack client reads them: `clouds.yaml`, cloud "netloom", mode 0600. */
export async function writeCloudsFile({ dataFolder, publicUrl }: CloudsFile, password: string): Promise<void> {
  const text = `# Credentials of the netloom administrator, for OpenStack clients:
#   export OS_CLIENT_CONFIG_FILE=<this file> OS_CLOUD=netloom
clouds:
  netloom:
    auth:
      auth_url: ${authUrl(publicUrl)}
      username: admin
      password: ${JSON.stringify(password)}
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    interface: public
    identity_api_version: 3
`;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  await replaceFile(cloudsPath(dataFolder), text);
}

/** Brings the address in an existing file up to date and leaves all else as it is, the operator's own changes too. */
export async function updateCloudsAddress({ dataFolder, publicUrl }: CloudsFile): Promise<void> {
  const path = cloudsPath(dataFolder);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const updated = text?.replace(
    /^( {2}netloom:\n(?: {3,}.*\n)*? +auth_url: ).*$/m,
    (_, before: string) => before + authUrl(publicUrl),
  );
  if (updated !== undefined && updated !== text) await replaceFile(path, updated);
}

export function cloudsPath(dataFolder: string): string {
  return join(dataFolder, 'clouds.yaml');
}

function authUrl(publicUrl: string): string {
  return JSON.stringify(`${publicUrl}/identity/v3`);
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(draft, path);
  } catch (error) {
    await handle.close().catch(() => {});
    await unlink(draft).catch(() => {});
    throw error;
  }
}
