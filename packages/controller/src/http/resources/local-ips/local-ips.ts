import { parseAddress } from '@netloom/core/net/address';
import type { FixedIp } from '../../../ipam/allocate.ts';
import { elevated } from '../../access.ts';
import { ipAddress } from '../../resource/address-types.ts';
import { createWithin } from '../../resource/create.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { isVisible } from '../../resource/not-there.ts';
import { oneByOne } from '../../resource/one-by-one.ts';
import { removeWithin } from '../../resource/remove.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { checkNew } from '../../resource/validate.ts';
import { choice, nullable, text, uuid } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { fixedIpOf, readPort } from './fixed-ip-of.ts';
import { badLocalIp, localIpInUse, localIpNotFound, portOrNetworkRequired } from './local-ip-errors.ts';

type LocalIpValues = Values & {
  id: string;
  project_id: string;
  local_port_id?: string;
  network_id?: string;
  local_ip_address?: string | null;
};

const LONGEST_DESCRIPTION = 1024;
const LOCAL_IP_OWNER = 'network:local_ip';

const { tags: _tags, description, ...TIMES_AND_REVISION } = STANDARD;

/** Local IPs: an address that stands, on each host, for the ports there that are associated with it. */
export function localIps(base: Built): Resource<LocalIpValues> {
  return {
    name: 'local_ip',
    collection: 'local_ips',
    path: 'local-ips',
    table: 'local_ips',
    notFound: localIpNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      description: { ...description, type: text(LONGEST_DESCRIPTION) },
      local_port_id: { type: uuid, create: true, filter: true, sort: true },
      network_id: { type: uuid, create: true, filter: true, sort: true },
      local_ip_address: {
        type: nullable(ipAddress),
        create: true,
        select: 'host(t.local_ip_address)',
        filter: true,
        sort: true,
      },
      ip_mode: {
        type: choice('translate', 'passthrough'),
        create: true,
        default: 'translate',
        filter: true,
        sort: true,
      },
      ...TIMES_AND_REVISION,
    },
    conflicts: {
      local_ip_associations_local_ip_fkey: ({ key }) => localIpInUse(key[0] ?? ''),
      local_ips_local_port_id_fkey: ({ key }) => badLocalIp('local_ip', `Port ${key[0]} not found`),
    },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) {
          if (item.local_port_id !== undefined) await takePort(base, item, context);
          else if (item.network_id !== undefined) await makePort(base, item, context);
          else throw portOrNetworkRequired();
        }
      },
      beforeDelete: oneByOne(async (old, { tx, caller }) => {
        // The port is only free to go once its local IP has gone.
        await tx.query('DELETE FROM local_ips WHERE id = $1', [old.id]);
        const id = String(old.local_port_id);
        const port = await readPort(tx, base.get('port'), { id, caller: elevated(caller) });
        if (port?.device_owner !== LOCAL_IP_OWNER) return;
        const shared = await tx.query('SELECT FROM local_ips WHERE local_port_id = $1 LIMIT 1', [id]);
        if (shared.length === 0) await removeWithin(tx, base.get('port'), { id, caller: elevated(caller) });
      }),
    },
  };
}

/** The address of a port that is there. */
async function takePort(base: Built, item: LocalIpValues, { tx, caller }: RuleContext): Promise<void> {
  const id = String(item.local_port_id);
  const port = await readPort(tx, base.get('port'), { id, caller });
  if (port === undefined) throw badLocalIp('local_ip', `Port ${id} not found`);
  item.local_ip_address = fixedIpOf(port, item.local_ip_address);
  item.network_id = port.network_id;
}

/** A port of its own, which the clients' own rights would not do for. */
async function makePort(base: Built, item: LocalIpValues, { tx, caller }: RuleContext): Promise<void> {
  const network = base.get('network');
  const id = String(item.network_id);
  if (!(await isVisible(tx, network, { id, caller }))) throw network.notFound(id);
  const subnets = await tx.query('SELECT FROM subnets WHERE network_id = $1 AND ip_version = 4 LIMIT 1', [id]);
  if (subnets.length === 0) throw badLocalIp('local_ip', `Network ${id} does not contain any IPv4 subnet`);
  const admin = elevated(caller);
  const wanted = {
    project_id: item.project_id,
    network_id: id,
    device_id: item.id,
    device_owner: LOCAL_IP_OWNER,
    ...(typeof item.local_ip_address === 'string' ? { fixed_ips: [{ ip_address: item.local_ip_address }] } : {}),
  };
  const checked = checkNew(base.get('port'), wanted, admin);
  const [port] = await createWithin(tx, base.get('port'), {
    objects: [{ ...checked, values: { ...checked.values, status: 'N/A' } }],
    caller: admin,
  });
  const ips = (port?.['fixed_ips'] ?? []) as readonly FixedIp[];
  const address = ips.find((ip) => parseAddress(ip.ip_address)?.family === 4) ?? ips[0];
  item.local_port_id = String(port?.['id']);
  item.local_ip_address = address?.ip_address ?? null;
}
