import { ipAddress } from '../../resource/address-types.ts';
import type { Resource, RuleContext, Values } from '../../resource/definition.ts';
import { dictionary } from '../../resource/dictionary-type.ts';
import { IDENTITY, STANDARD } from '../../resource/standard-attributes.ts';
import { choice, integer } from '../../resource/value-types.ts';
import type { Built } from '../feature.ts';
import { mirrorNotFound, tunnelConflict } from './taas-errors.ts';
import { refuseForeignPort, tappedPort } from './tapped-port.ts';

/** The key of a GRE tunnel has 32 bits (RFC 2890). */
const tunnelId = { type: integer(0, 4_294_967_295) };
const directions = dictionary({ IN: tunnelId, OUT: tunnelId, BOTH: tunnelId });

/** Tap mirrors: packets of a port that go through tunnels to somewhere outside. */
export function tapMirrors(base: Built): Resource {
  return {
    name: 'tap_mirror',
    collection: 'tap_mirrors',
    path: 'taas/tap_mirrors',
    table: 'tap_mirrors',
    notFound: mirrorNotFound,
    access: { read: ['owner'], create: ['owner'], update: ['owner'], delete: ['owner'] },
    attributes: {
      ...IDENTITY,
      description: STANDARD.description,
      port_id: tappedPort(base),
      directions: { type: directions, create: true, required: true },
      remote_ip: {
        type: ipAddress,
        create: true,
        required: true,
        select: 'host(t.remote_ip)',
        filter: true,
        sort: true,
      },
      mirror_type: { type: choice('erspanv1', 'gre'), create: true, required: true, filter: true, sort: true },
    },
    conflicts: { tap_mirrors_port_fkey: ({ key }) => base.get('port').notFound(key[0] ?? '') },
    rules: {
      async beforeCreate(items, context) {
        for (const item of items) refuseForeignPort(item, 'port_id', context);
        const projects = [...new Set(items.map((item) => String(item['project_id'])))].sort();
        for (const project of projects) {
          await context.tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('netloom/tap_mirrors/' || $1, 0))`, [
            project,
          ]);
        }
      },
      afterCreate: refuseSameTunnels,
    },
  };
}

/** No two mirrors of a project have a tunnel in common. */
async function refuseSameTunnels(made: readonly Values[], { tx }: RuleContext): Promise<void> {
  const [taken] = await tx.query<{ id: string }>(
    `SELECT mine.value #>> '{}' AS id FROM tap_mirrors m, jsonb_each(m.directions) AS mine
 JOIN LATERAL (SELECT FROM tap_mirrors o, jsonb_each(o.directions) AS theirs
 WHERE o.project_id = m.project_id AND o.id <> m.id AND theirs.value = mine.value LIMIT 1) other ON true
 WHERE m.id = ANY($1::uuid[]) LIMIT 1`,
    [made.map((mirror) => mirror['id'])],
  );
  if (taken !== undefined) throw tunnelConflict(taken.id);
}
