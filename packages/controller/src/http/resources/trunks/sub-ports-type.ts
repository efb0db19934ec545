import { literal, pythonText } from '../../resource/python-text.ts';
import { canonicalUuid, InvalidValue, isObject, uuid, type ValueType } from '../../resource/value-types.ts';

/** A port that a trunk carries, as a client asks for it: by a segment of its own, or by that of its network ("inherit"). */
export interface WantedSubPort {
  readonly port_id: string;
  readonly segmentation_type?: unknown;
  readonly segmentation_id?: unknown;
}

export const INHERIT = 'inherit';

export const subPorts: ValueType<readonly WantedSubPort[]> = {
  schema: {
    type: 'array',
    items: {
      type: 'object',
      required: ['port_id'],
      properties: {
        port_id: uuid.schema,
        segmentation_type: { enum: ['vlan', INHERIT] },
        segmentation_id: { type: 'integer', minimum: 1, maximum: 4094 },
      },
    },
  },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) {
      throw new InvalidValue(`Invalid data format for subports: '${pythonText(value)}' is not a list`);
    }
    const ports = new Set<string>();
    const segments = new Set<string>();
    const wanted = value.map(subPort);
    for (const one of wanted) {
      if (ports.has(one.port_id)) throw new InvalidValue(`Non unique UUID for subport: '${one.port_id}'`);
      ports.add(one.port_id);
      const { segmentation_type: type, segmentation_id: id } = one;
      if (type === INHERIT || id === undefined) continue;
      const segment = `${pythonText(type)} ${pythonText(id)}`;
      if (segments.has(segment)) {
        throw new InvalidValue(`Segmentation ID '${pythonText(id)}' for '${one.port_id}' is not unique`);
      }
      segments.add(segment);
    }
    return wanted;
  },
  fromText: () => undefined,
};

function subPort(value: unknown): WantedSubPort {
  if (!isObject(value)) {
    throw new InvalidValue(`Invalid data format for subport: '${pythonText(value)}' is not a dict`);
  }
  if (!Object.hasOwn(value, 'port_id')) throw new InvalidValue('A valid port UUID must be specified');
  const { port_id: port, segmentation_type: type, segmentation_id: id } = value;
  const portId = typeof port === 'string' ? canonicalUuid(port) : undefined;
  if (portId === undefined) throw new InvalidValue(`Invalid UUID for subport: '${pythonText(port)}'`);
  const complete = type && id !== undefined && id !== null;
  if (type !== INHERIT && !complete && Object.keys(value).length > 1) throw new InvalidValue(missingSegment(value));
  return {
    port_id: portId,
    ...(type === undefined || type === null ? {} : { segmentation_type: type }),
    ...(id === undefined || id === null ? {} : { segmentation_id: id }),
  };
}

export function missingSegment(subPort: unknown): string {
  return `Invalid subport details '${literal(subPort)}': missing segmentation information. Must specify both segmentation_id and segmentation_type`;
}
