/*
 * The process of a workload: it holds the workload's namespaces open and does what the lab asks of it. Only Node's own
 * modules: there is one of these for every workload, and each must start in a few milliseconds.
 */
import { createInterface } from 'node:readline';
import { awaitAddresses } from './addresses.ts';
import type { PeerCall, PeerRequest, PeerResponse } from './messages.ts';
import { reach } from './reach.ts';
import { resolveName } from './resolve.ts';
import { server } from './serve.ts';
import { type Stream, startStream } from './stream.ts';

const serve = server(process.argv[2] ?? '');
let stream: Stream | undefined;

async function answer(call: PeerCall): Promise<unknown> {
  switch (call.op) {
    case 'serve':
      return serve(call.protocol, call.port);
    case 'reach':
      return reach(call);
    case 'resolve':
      return resolveName(call.name, call.timeoutMs);
    case 'await-addresses':
      return awaitAddresses(call.addresses, call.timeoutMs);
    case 'stream-start':
      stream = startStream(call.address, call.port, call.intervalMs);
      return null;
    case 'stream-stop': {
      const result = await stream?.stop();
      stream = undefined;
      return result ?? { sent: 0, lost: 0, gapMs: 0 };
    }
  }
}

function respond(response: PeerResponse): void {
  process.stdout.write(`${JSON.stringify(response)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as PeerRequest;
  answer(request).then(
    (result) => respond({ id: request.id, result }),
    (error: unknown) => respond({ id: request.id, error: error instanceof Error ? error.message : String(error) }),
  );
}
process.exit(0);
