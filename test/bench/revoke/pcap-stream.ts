/** A captured packet: when the kernel took it from the wire, in milliseconds since 1970, and its first octets. */
export interface Captured {
  readonly at: number;
  readonly frame: Buffer;
}

const MAGIC = 0xa1b2c3d4;
const FILE_HEADER = 24;
const PACKET_HEADER = 16;

/** Reads what tcpdump writes (pcap-savefile(5), this machine's byte order, microseconds) as it comes, in pieces of any size. */
export function pcapStream(onPacket: (packet: Captured) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!started && rest.length >= FILE_HEADER) {
      if (rest.readUInt32LE(0) !== MAGIC) throw new Error('not a capture of this machine');
      rest = rest.subarray(FILE_HEADER);
      started = true;
    }
    while (started && rest.length >= PACKET_HEADER) {
      const end = PACKET_HEADER + rest.readUInt32LE(8);
      if (rest.length < end) return;
      const at = rest.readUInt32LE(0) * 1000 + rest.readUInt32LE(4) / 1000;
      onPacket({ at, frame: rest.subarray(PACKET_HEADER, end) });
      rest = rest.subarray(end);
    }
  };
}
