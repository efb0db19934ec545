/** Longest name the kernel gives a network device (IFNAMSIZ less the closing zero). */
export const MAX_DEVICE_NAME = 15;

/** The device that carries a port on Linux bridge hosts, by the convention of OpenStack's agents: tap + 11 characters. */
export function tapName(portId: string): string {
  return `tap${portId.slice(0, 11)}`;
}
