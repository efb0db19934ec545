import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { ProbeAnswer, ProbeQuestion } from './messages.ts';

/** Bytes that follow a TCP answer: enough full-size packets that a wrong MTU on the way shows as silence. */
export const TCP_PADDING = 20_000;

export type Serve = (protocol: 'tcp' | 'udp', port: number) => Promise<null>;

/** Gives a function that opens ports, each once, and answers probes on them with this workload's name. */
export function server(name: string): Serve {
  const open = new Map<string, Promise<null>>();
  return (protocol, port) => {
    const key = `${protocol}/${port}`;
    const opening = open.get(key) ?? (protocol === 'tcp' ? serveTcp(name, port) : serveUdp(name, port));
    open.set(key, opening);
    return opening;
  };
}

async function serveTcp(name: string, port: number): Promise<null> {
  const listener = createServer((socket) => answerTcp(name, socket));
  // "::" takes IPv4 as well.
  listener.listen(port, '::');
  await once(listener, 'listening');
  return null;
}

function answerTcp(name: string, socket: Socket): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end < 0) return;
    const { nonce } = JSON.parse(text.slice(0, end)) as ProbeQuestion;
    socket.end(`${JSON.stringify({ nonce, name } satisfies ProbeAnswer)}\n${' '.repeat(TCP_PADDING)}`);
  });
}

async function serveUdp(name: string, port: number): Promise<null> {
  const socket = createSocket({ type: 'udp6', ipv6Only: false });
  socket.on('message', (data, from) => {
    const { nonce } = JSON.parse(data.toString()) as ProbeQuestion;
    socket.send(JSON.stringify({ nonce, name } satisfies ProbeAnswer), from.port, from.address);
  });
  socket.bind(port, '::');
  await once(socket, 'listening');
  // Only now: an error while binding must reject, a refused answer later must not end the process.
  socket.on('error', () => undefined);
  return null;
}
