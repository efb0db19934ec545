import type { CheckReport, FaultRequest, LabStatus, MoveReport } from '../report.ts';

/** Lines of JSON on the control socket. One request a connection; progress lines may come before the answer. */
export interface ControlCalls {
  /** Answers when the lab is up, or with the error that kept it from coming up. */
  readonly ready: { readonly params: null; readonly result: LabStatus };
  readonly status: { readonly params: null; readonly result: LabStatus };
  readonly check: { readonly params: null; readonly result: CheckReport };
  readonly move: { readonly params: { readonly workload: string; readonly host: string }; readonly result: MoveReport };
  readonly fault: { readonly params: FaultRequest; readonly result: null };
  /** Renews the DHCPv4 lease of a workload; gives the answer by udhcpc's names. */
  readonly renew: {
    readonly params: { readonly workload: string };
    readonly result: Readonly<Record<string, string>>;
  };
  readonly enter: { readonly params: { readonly place: string }; readonly result: WayIn };
  readonly down: { readonly params: null; readonly result: null };
}

export type ControlMethod = keyof ControlCalls;

/** How a process outside gets into a place of the lab. */
export interface WayIn {
  /** First process of the lab, by its id on the machine. */
  readonly outerPid: number;
  /** Process that holds the place open, by its id inside the lab. */
  readonly innerPid: number;
}

export interface ControlRequest {
  readonly method: ControlMethod;
  readonly params: unknown;
}

export type ControlResponse =
  | { readonly progress: string }
  | { readonly result: unknown }
  | { readonly error: WireError };

/** An error of the lab on the wire. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}
