/** What a probe or a trace says of an expectation: the named workload answered, or nothing did. */
export type Verdict = 'pass' | 'drop';

/** One expectation of the scenario, answered by trace and, in a running lab, by real packets. */
export interface CheckLine {
  /** As the file has it: "web-1 -> db-1 tcp/5432 pass". */
  readonly text: string;
  readonly line: number;
  readonly expected: Verdict;
  /** Verdict of trace and its reason in words. */
  readonly traced: Verdict;
  readonly traceReason: string;
  /** Absent in a simulated run. */
  readonly onWire?: Verdict;
  readonly wireReason?: string;
  /** Shortest round-trip time seen, in milliseconds; null when nothing came back. */
  readonly rttMs?: number | null;
  /** Expected, traced and seen are all the same. */
  readonly holds: boolean;
  /** Empty when it holds, else which of the three disagree, in words. */
  readonly problem: string;
}

export interface CheckReport {
  readonly scenario: string;
  readonly lines: readonly CheckLine[];
  readonly held: number;
  readonly failed: number;
}

export interface MoveReport {
  readonly workload: string;
  readonly from: string;
  readonly to: string;
  /** Longest time without an answer around the move, in milliseconds; null when no other workload could probe it. */
  readonly gapMs: number | null;
  readonly probesSent: number;
  readonly probesLost: number;
  /** Name of the workload that probed. */
  readonly prober: string | null;
}

export interface LabCredentials {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
}

export interface HostStatus {
  readonly name: string;
  readonly driver: string;
  readonly underlayAddress: string;
  /** Process id of the agent inside the lab; null while it does not run. */
  readonly agentPid: number | null;
}

export interface WorkloadStatus {
  readonly name: string;
  readonly host: string;
  readonly network: string;
  readonly portId: string;
  readonly mac: string;
  readonly addresses: readonly string[];
}

/** Frames counted on the underlay since the lab came up. */
export interface UnderlayCount {
  readonly frames: number;
  readonly vxlan: number;
  /** Broadcast or multicast frames of the underlay itself. */
  readonly group: number;
  /** VXLAN packets that carry a broadcast or multicast frame of an overlay. */
  readonly innerGroup: number;
}

export interface LabStatus {
  readonly file: string;
  readonly stateFolder: string;
  readonly networkUrl: string;
  readonly credentials: LabCredentials;
  /** A clouds.yaml (mode 0600) with these credentials, for OS_CLIENT_CONFIG_FILE. */
  readonly cloudsFile: string;
  readonly controllerPid: number | null;
  readonly hosts: readonly HostStatus[];
  readonly workloads: readonly WorkloadStatus[];
  readonly underlay: UnderlayCount;
}

/** Ends or starts a part of the running lab, for fault tests. `host` goes with part "agent". */
export interface FaultRequest {
  readonly action: 'kill' | 'start';
  readonly part: 'agent' | 'controller' | 'database';
  readonly host?: string;
}
