import { ApiError } from '../../api-error.ts';
import { literal, pythonText } from '../../resource/python-text.ts';
import { invalidInput } from '../../resource/value-types.ts';
import { INHERIT, missingSegment, type WantedSubPort } from './sub-ports-type.ts';
import { deviceAttached, duplicateSubPort, mtuTooLarge, parentPortInUse, trunkPortInUse } from './trunk-errors.ts';
import type { TrunkPort } from './trunk-ports.ts';

/** A port that a trunk carries, as it is kept. */
export interface SubPort {
  readonly port_id: string;
  readonly segmentation_type: string;
  readonly segmentation_id: number;
}

const LARGEST_VLAN = 4094;

export interface CheckedTrunk {
  readonly id: string;
  readonly parent: TrunkPort;
  readonly ports: ReadonlyMap<string, TrunkPort>;
  /** What it carries already. */
  readonly carries: readonly SubPort[];
}

/** Settles the segments of new sub-ports. Throws for the first that cannot be carried, as the field's server does. */
export function checkSubPorts(wanted: readonly WantedSubPort[], trunk: CheckedTrunk): SubPort[] {
  const carried = [...trunk.carries];
  return wanted.map((one) => {
    const port = trunk.ports.get(one.port_id);
    if (port === undefined || port.id === trunk.parent.id) throw parentPortInUse(one.port_id);
    if (port.mtu > trunk.parent.mtu) throw mtuTooLarge(port, trunk.parent);
    const { type, id } = segmentOf(one, port);
    if (port.carriedBy !== null) throw trunkPortInUse(port.id);
    if (port.parentOf !== null) throw parentPortInUse(port.id);
    if (port.deviceId !== '') throw deviceAttached(port);
    if (carried.some((other) => other.segmentation_type === type && other.segmentation_id === id)) {
      throw duplicateSubPort(trunk.id, { type, id });
    }
    const subPort = { port_id: port.id, segmentation_type: type, segmentation_id: id };
    carried.push(subPort);
    return subPort;
  });
}

function segmentOf(wanted: WantedSubPort, port: TrunkPort): { type: string; id: number } {
  const inherits = wanted.segmentation_type === INHERIT;
  const { segmentation_type: type, segmentation_id: id } = inherits
    ? { segmentation_type: port.segmentType, segmentation_id: port.segmentId }
    : wanted;
  if (type === undefined || id === undefined) throw invalidInput(missingSegment(wanted));
  const number = wholeNumber(id);
  if (type !== 'vlan') throw invalidInput(`Unknown segmentation_type '${pythonText(type)}'`);
  if (number < 1 || number > LARGEST_VLAN) throw invalidInput(`Segmentation ID '${number}' is not in range`);
  return { type, id: number };
}

function wholeNumber(value: unknown): number {
  const number = /^\s*[+-]?\d+\s*$/.test(pythonText(value)) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  const text = typeof value === 'string' ? value : literal(value);
  throw new ApiError(
    400,
    'InvalidInput',
    `Invalid input for operation: Invalid subport details: segmentation_id '${pythonText(text)}' is not an integer.`,
  );
}
