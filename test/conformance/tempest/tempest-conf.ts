import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';

/** Services that tempest could test and that are none of ours. */
const ABSENT = ['nova', 'glance', 'cinder', 'swift', 'horizon', 'placement'];

/** Writes the tempest.conf of a cloud; gives the environment that makes tempest read it, and nothing of the machine's own. */
export function writeTempestConf({ folder, credentials, publicNetwork, extensions }: Cloud): NodeJS.ProcessEnv {
  const own = join(folder, 'tempest');
  mkdirSync(own, { recursive: true });
  const sections: Record<string, Record<string, string | boolean | number>> = {
    DEFAULT: { log_dir: own, log_file: 'tempest.log', debug: false },
    oslo_concurrency: { lock_path: own },
    auth: {
      use_dynamic_credentials: true,
      admin_username: credentials.username,
      admin_password: credentials.password,
      admin_project_name: credentials.projectName,
      admin_domain_name: credentials.userDomainName,
    },
    identity: { uri_v3: credentials.authUrl, auth_version: 'v3', v3_endpoint_type: 'public' },
    network: { public_network_id: publicNetwork },
    'network-feature-enabled': {
      api_extensions: extensions.join(','),
      ipv6_subnet_attributes: true,
      port_security: true,
    },
    service_available: { neutron: true, ...Object.fromEntries(ABSENT.map((name) => [name, false])) },
  };
  const text = Object.entries(sections).map(
    ([section, options]) =>
      `[${section}]\n${Object.entries(options)
        // In oslo.config "$" opens a reference.
        .map(([name, value]) => `${name} = ${String(value).replaceAll('$', '$$$$')}\n`)
        .join('')}`,
  );
  writeFileSync(join(own, 'tempest.conf'), text.join('\n'), { mode: 0o600 });
  return { TEMPEST_CONFIG_DIR: own, TEMPEST_CONFIG: 'tempest.conf' };
}
