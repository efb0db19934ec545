import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/*
 * A program: sends every frame that it reads, one a line as hexadecimal text, to the VXLAN device of its network namespace, which gives
 * them out as received. So a frame of any content gets onto a device without a raw socket.
 */

/** Of VNI 1 (RFC 7348, section 5). */
const VXLAN_HEADER = '0800000000000100';
const [port = ''] = process.argv.slice(2);

const socket = createSocket('udp4');
socket.connect(Number(port), '127.0.0.1');
await once(socket, 'connect');
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  socket.send(Buffer.from(VXLAN_HEADER + line, 'hex'), (error) =>
    console.log(error ? `failed ${error.message}` : 'sent'),
  );
}
socket.close();
