import { connect } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import { Command, InvalidArgumentError } from 'commander';
import { printTable } from '../print-table.ts';

interface DriftFlags {
  readonly host?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly json?: boolean;
}

/** As many as the controller gives at once, which is more than it keeps for long. */
const MOST = '10000';
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `netloom drift`: what others changed on hosts behind netloom's back, and what became of it; the newest last. */
export function driftCommand(): Command {
  return new Command('drift')
    .description('show what was changed on hosts by others than netloom, and whether it is repaired')
    .option('--host <name>', 'of one host only')
    .option('--since <time>', 'of the last 30s, 10m, 2h or 7d, or after 2026-11-20T08:00Z', timeBefore)
    .option('--json', 'print one JSON document')
    .action(async ({ host, since = 0, json }: DriftFlags) => {
      const client = await connect(await findCredentials());
      const found = await client.events({ limit: MOST, ...(host === undefined ? {} : { host }) });
      const events = found.filter(({ at }) => Date.parse(at) >= since).reverse();
      if (json) {
        console.log(JSON.stringify({ events }, null, 2));
        return;
      }
      if (events.length === 0) {
        console.log('Nothing was changed by others.');
        return;
      }
      printTable(
        ['TIME', 'HOST', 'FOUND', 'DONE', 'WHAT'],
        events.map((event) => [
          new Date(event.at).toISOString(),
          event.host,
          event.found,
          event.repaired ? 'repaired' : 'not repaired',
          event.message,
        ]),
      );
    });
}

/** Throws InvalidArgumentError for what is neither a span of time nor a time. */
function timeBefore(text: string): number {
  const span = /^(\d+)([smhd])$/.exec(text);
  if (span) return Date.now() - Number(span[1]) * (UNITS[span[2] ?? ''] ?? 0);
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('write 30s, 10m, 2h, 7d, or a time like 2026-11-20T08:00Z.');
  return time;
}
