import type { Step } from '@netloom/core/delta/diff';
import type { Item } from '@netloom/core/delta/items';
import { CodedError } from '@netloom/core/errors/coded-error';
import type { StepOutcome } from '../driver.ts';
import { serviceError } from './service-errors.ts';

export interface ServiceOptions {
  /** Name of the namespace that holds the bridges br<VNI>. */
  readonly dataPlaneNamespace: string;
  /** First part of the names of the services' namespaces; not shared with another agent on the same machine. */
  readonly hostPrefix: string;
  /** A folder for the services' files alone. */
  readonly stateFolder: string;
}

/** Services of one sort on a host, each in a namespace of its own. All that is known is on the host: nothing is remembered between calls. */
export interface HostService {
  /** Every service of ours as it is now. */
  observe(signal: AbortSignal): Promise<Item[]>;
  /** Takes one step about a service. Never throws, except on an abort and on items of another kind. */
  apply(step: Step, signal: AbortSignal): Promise<StepOutcome>;
}

/** What came of the work on a service: done, or a coded failure with what to do about it. */
export async function outcomeOf(
  { service, folder }: { readonly service: string; readonly folder: string },
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<StepOutcome> {
  try {
    await work();
    return { result: 'done' };
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    const known =
      error instanceof CodedError ? error : serviceError('SERVICE_FAILED', { service, folder, reason }, error);
    return { result: 'failed', code: known.code, message: `${known.message}; ${known.remedy}` };
  }
}
