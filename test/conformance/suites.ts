import type { Cloud } from './cloud.ts';
import type { Outcome } from './outcome.ts';
import { runSdk } from './sdk/run-sdk.ts';
import { runTempest } from './tempest/run-tempest.ts';
import { runWalk } from './walk/run-walk.ts';

/** Runs one suite against a cloud; `only` leaves those whose names hold the text. */
export type Suite = (cloud: Cloud, only?: string) => Promise<Outcome[]>;

export const SUITES: Readonly<Record<string, Suite>> = { sdk: runSdk, walk: runWalk, tempest: runTempest };
