import { writeFile } from 'node:fs/promises';
import { connect } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import { Command } from 'commander';

/** `netloom host add|remove`: hosts, and the keys by which their agents and the controller know each other. */
export function hostCommand(): Command {
  const command = new Command('host').description('add and remove hosts');
  command
    .command('add <name>')
    .description('make a host and write the key for its agent')
    .option('--driver <kind>', 'what keeps its data plane', 'bridge')
    .requiredOption('--key-file <file>', 'where the key goes (mode 0600); copy it to the host, it is not shown again')
    .action(async (name: string, options: { driver: string; keyFile: string }) => {
      const client = await connect(await findCredentials());
      const host = await client.hosts.create({ name, driver: options.driver });
      await writeFile(options.keyFile, `${host.link_key}\n`, { mode: 0o600, flag: 'wx' });
      console.log(`host ${name} added; key in ${options.keyFile}`);
      console.log(
        `on the host: netloom agent --host ${name} --controller tcp://CONTROLLER:9697 --key-file ${options.keyFile}`,
      );
    });
  command
    .command('remove <name>')
    .description('remove a host: its key is void at once')
    .action(async (name: string) => {
      const client = await connect(await findCredentials());
      await client.hosts.remove(name);
      console.log(`host ${name} removed`);
    });
  return command;
}
