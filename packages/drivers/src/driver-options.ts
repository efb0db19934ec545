/** What a driver is opened with, the same for every kind. */
export interface DriverOptions {
  /** Name of the host whose view it keeps. */
  readonly host: string;
  /** Where tunnels end: an address, or a device whose address is taken; with neither, the device of the default route. */
  readonly underlay: { readonly address?: string; readonly device?: string };
  /** Name of the network namespace that holds the data plane; the driver makes it, and it alone. */
  readonly namespace: string;
  /** Folder for what must outlive the driver (leases). */
  readonly stateFolder: string;
}
