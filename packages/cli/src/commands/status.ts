import { connect } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import { Command } from 'commander';
import { printTable } from '../print-table.ts';

/** `netloom status`: hosts, and every row that is not in effect, with the reason. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show the hosts, and what is not in effect on them and why')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => {
      const client = await connect(await findCredentials());
      const [hosts, statuses] = [await client.hosts.list(), await client.statuses()];
      if (options.json) {
        console.log(JSON.stringify({ url: client.networkUrl, hosts, statuses }, null, 2));
        return;
      }
      console.log(`controller ${client.networkUrl}, ${hosts.length} hosts\n`);
      printTable(
        ['HOST', 'DRIVER', 'TUNNEL END', 'AGENT'],
        hosts.map(({ name, driver, vtep, connected }) => [name, driver, vtep ?? '-', connected ? 'connected' : 'away']),
      );
      if (statuses.length === 0) {
        console.log('\nEverything that connected agents were told is in effect.');
        return;
      }
      console.log('');
      printTable(
        ['HOST', 'ROW', 'STATE', 'REASON'],
        statuses.map(({ host, table, id, state, message }) => [host, `${table}/${id}`, state, message]),
      );
    });
}
