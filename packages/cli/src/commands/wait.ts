import { connect } from '@netloom/api/client/connect';
import { findCredentials } from '@netloom/api/client/credentials';
import { Command, InvalidArgumentError } from 'commander';

/** `netloom wait`: until a revision is in effect on every host that it touches. */
export function waitCommand(): Command {
  return new Command('wait')
    .description('wait until a revision is in effect on every host that it touches')
    .option('--revision <number>', 'the X-Netloom-Revision of a write; the newest without it', wholeNumber)
    .option('--timeout <seconds>', 'give up after so long', wholeNumber, 60)
    .option('--json', 'print one JSON document')
    .action(async (options: { revision?: number; timeout: number; json?: boolean }) => {
      const client = await connect(await findCredentials());
      const realization = await client.realization({
        ...(options.revision === undefined ? {} : { revision: options.revision }),
        waitSeconds: options.timeout,
      });
      if (options.json) console.log(JSON.stringify(realization, null, 2));
      else {
        console.log(`revision ${realization.revision}: ${realization.state}`);
        for (const { host, state, connected, applied_revision } of realization.hosts)
          if (state !== 'done')
            console.log(`  ${host}: ${state}, at ${applied_revision}${connected ? '' : ', its agent is away'}`);
      }
      process.exitCode = realization.state === 'done' ? 0 : 1;
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}
