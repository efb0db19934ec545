import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { clientError } from './client-errors.ts';

/** How to log in: Identity v3, password method, project scope. */
export interface Credentials {
  /** Address of Identity v3, as "http://127.0.0.1:9696/identity/v3". */
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds credentials as OpenStack clients do: OS_AUTH_URL and its companions first, else the cloud OS_CLOUD (default
 * "netloom") of a clouds.yaml in OS_CLIENT_CONFIG_FILE, the working folder, ~/.config/openstack or /etc/openstack.
 */
export async function findCredentials(env: Environment = process.env): Promise<Credentials> {
  if (env['OS_AUTH_URL'] !== undefined) return fromEnvironment(env);
  const cloud = env['OS_CLOUD'] ?? 'netloom';
  const places = cloudFiles(env);
  for (const file of places) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const found = fromCloudsFile(text, file, cloud);
    if (found !== undefined) return found;
  }
  throw clientError('CREDENTIALS_MISSING', { cloud, places: places.join(', ') });
}

/** Credentials of one cloud in a clouds.yaml; throws when the file has no such cloud. */
export async function credentialsFrom(file: string, cloud = 'netloom'): Promise<Credentials> {
  const found = fromCloudsFile(await readFile(file, 'utf8'), file, cloud);
  if (found === undefined) throw clientError('CREDENTIALS_INVALID', { file, cloud, reason: 'no such cloud' });
  return found;
}

function cloudFiles(env: Environment): string[] {
  if (env['OS_CLIENT_CONFIG_FILE'] !== undefined) return [env['OS_CLIENT_CONFIG_FILE']];
  return ['clouds.yaml', join(homedir(), '.config/openstack/clouds.yaml'), '/etc/openstack/clouds.yaml'];
}

function fromEnvironment(env: Environment): Credentials {
  return {
    authUrl: env['OS_AUTH_URL'] ?? '',
    username: env['OS_USERNAME'] ?? '',
    password: env['OS_PASSWORD'] ?? '',
    projectName: env['OS_PROJECT_NAME'] ?? '',
    userDomainName: env['OS_USER_DOMAIN_NAME'] ?? 'Default',
    projectDomainName: env['OS_PROJECT_DOMAIN_NAME'] ?? 'Default',
  };
}

function fromCloudsFile(text: string, file: string, cloud: string): Credentials | undefined {
  const entry = field(field(readYaml(text, file, cloud), 'clouds'), cloud);
  if (entry === undefined) return undefined;
  const auth = field(entry, 'auth');
  const need = (name: string): string => {
    const value = field(auth, name);
    if (typeof value !== 'string') throw clientError('CREDENTIALS_INVALID', { file, cloud, reason: `no ${name}` });
    return value;
  };
  const domain = (name: string): string => {
    const value = field(auth, name);
    return typeof value === 'string' ? value : 'Default';
  };
  return {
    authUrl: need('auth_url'),
    username: need('username'),
    password: need('password'),
    projectName: need('project_name'),
    userDomainName: domain('user_domain_name'),
    projectDomainName: domain('project_domain_name'),
  };
}

function readYaml(text: string, file: string, cloud: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw clientError('CREDENTIALS_INVALID', { file, cloud, reason: (cause as Error).message }, cause);
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
