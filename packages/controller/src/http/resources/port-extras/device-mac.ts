import { mac } from '../../resource/address-types.ts';
import type { Values } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { badRequest } from '../../resource/request-body.ts';
import { InvalidValue } from '../../resource/value-types.ts';
import { drawMac } from '../core/dhcp-port.ts';

/*
 * A port that is a whole physical device has the device's own MAC address. Which one that is, whoever binds the port says in its binding
 * profile: {"device_mac_address": "..."}.
 */

const BINDING = ['binding:host_id', 'binding:vnic_type', 'binding:profile'] as const;

/** The MAC address of the device that a port is bound to; undefined for any other port. Throws 400 when it is none. */
export function deviceMac(port: Values): string | undefined {
  const address = (port['binding:profile'] as Values | undefined)?.['device_mac_address'];
  if (port['binding:vnic_type'] !== 'direct-physical' || port['binding:host_id'] === '' || !address) return undefined;
  try {
    return mac.parse(address);
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    throw badRequest(
      `Invalid input for binding:profile. Reason: '${pythonText(address)}' is not a valid MAC address.`,
      error,
    );
  }
}

/** What the MAC address becomes with changes of a port: that of its new device, or one drawn at random when it leaves its device. */
export function newDeviceMac(old: Values, changes: Values): string | undefined {
  const made = { ...old, ...changes };
  if (BINDING.every((name) => changes[name] === undefined) && changes['device_id'] === undefined) return undefined;
  const [before, after] = [deviceMac(old), deviceMac(made)];
  if (after !== undefined) return after === old['mac_address'] ? undefined : after;
  return before !== undefined && before === old['mac_address'] ? drawMac() : undefined;
}
