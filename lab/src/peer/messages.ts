/** Lines of JSON between the lab (stdin) and the peer process of a workload (stdout). */
export type PeerRequest = { readonly id: number } & PeerCall;

export type PeerCall =
  /** Answers probes on a port from now on; asking again changes nothing. */
  | { readonly op: 'serve'; readonly protocol: 'tcp' | 'udp'; readonly port: number }
  | ({ readonly op: 'reach' } & Reach)
  | { readonly op: 'resolve'; readonly name: string; readonly timeoutMs: number }
  /** Settles when every address is there and usable (no duplicate address detection under way), or time is up. */
  | { readonly op: 'await-addresses'; readonly addresses: readonly string[]; readonly timeoutMs: number }
  /** Sends numbered UDP probes to a served port until stopped. */
  | { readonly op: 'stream-start'; readonly address: string; readonly port: number; readonly intervalMs: number }
  | { readonly op: 'stream-stop' };

export interface Reach {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly address: string;
  /** Address to send from; null for the kernel's choice. */
  readonly source: string | null;
  /** 0 for icmp. */
  readonly port: number;
  readonly timeoutMs: number;
}

/** Who answered; `name` is null when nobody did, and for icmp, whose answers carry no name. */
export interface ReachResult {
  readonly answered: boolean;
  readonly name: string | null;
  readonly rttMs: number | null;
  readonly reason: string;
}

export interface ResolveResult {
  readonly addresses: readonly string[];
  readonly reason: string;
}

export interface AddressesResult {
  readonly missing: readonly string[];
}

export interface StreamResult {
  readonly sent: number;
  readonly lost: number;
  /** Longest run of unanswered probes, from the first of them to the next answered one, in milliseconds. */
  readonly gapMs: number;
}

export interface PeerResults {
  readonly serve: null;
  readonly reach: ReachResult;
  readonly resolve: ResolveResult;
  readonly 'await-addresses': AddressesResult;
  readonly 'stream-start': null;
  readonly 'stream-stop': StreamResult;
}

export type PeerResponse = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

/** What a probe carries: the nonce comes back together with the name of whoever answers. */
export interface ProbeQuestion {
  readonly nonce: string;
}

export interface ProbeAnswer {
  readonly nonce: string;
  readonly name: string;
}
