import { openBridgeDriver } from './bridge/bridge-driver.ts';
import type { Driver } from './driver.ts';
import type { DriverOptions } from './driver-options.ts';
import { openMemoryDriver } from './memory/memory-driver.ts';

export type { DriverOptions } from './driver-options.ts';

/** Every driver by its kind. Opening probes the target; it throws a coded error when the target cannot serve at all. */
export const drivers: Readonly<Record<string, (options: DriverOptions, signal: AbortSignal) => Promise<Driver>>> = {
  bridge: openBridgeDriver,
  memory: openMemoryDriver,
};
