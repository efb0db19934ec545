import { TABLE_NAMES } from '@netloom/core/tables/host-tables';
import { linkError } from './link-errors.ts';
import {
  type AgentMessage,
  type ControllerMessage,
  type DriftEvent,
  LINK_PROTOCOL,
  type PacketEvent,
  type RowStatus,
} from './messages.ts';
import { answerShape, questionShape } from './question-shapes.ts';
import { flag, integer, listOf, object, oneOf, orNull, recordOf, type Shape, text } from './shape.ts';
import { deltaShape, tablesShape } from './table-shapes.ts';

/** Largest message of an agent, in bytes: statuses of every row of a large host. */
export const MAX_AGENT_MESSAGE = 16 << 20;
/** Largest message of a controller, in bytes: the whole view of a host with some 200,000 rows. */
export const MAX_CONTROLLER_MESSAGE = 64 << 20;

const number = integer(0, Number.MAX_SAFE_INTEGER);
const revision = number;
const words = text(4096);
const ip = text(45);
const octet = integer(0, 255);
const portNumber = orNull(integer(0, 65_535));
/** Milliseconds since 1970 of the last day that JavaScript and PostgreSQL both know. */
const LATEST = 8_640_000_000_000_000;
const logIds = listOf(text(255), 10_000);

const AGENT: { readonly [T in AgentMessage['type']]: Shape<Extract<AgentMessage, { type: T }>> } = {
  hello: object({
    type: oneOf('hello'),
    protocol: oneOf(LINK_PROTOCOL),
    vtep: text(45),
    underlayMtu: integer(0, 1 << 20),
    driver: text(64),
    abilities: recordOf(flag, 1000),
    revision,
    digest: text(128),
  }),
  applied: object({
    type: oneOf('applied'),
    revision,
    statuses: listOf(
      object<RowStatus>({
        table: oneOf(...TABLE_NAMES),
        id: text(255),
        state: oneOf('pending', 'done', 'error'),
        message: words,
      }),
      1_000_000,
    ),
  }),
  drift: object({
    type: oneOf('drift'),
    events: listOf(
      object<DriftEvent>({
        at: integer(0, Number.MAX_SAFE_INTEGER),
        object: words,
        found: oneOf('missing', 'changed', 'foreign'),
        repaired: flag,
        message: words,
      }),
      100_000,
    ),
  }),
  packets: object({
    type: oneOf('packets'),
    events: listOf(
      object<PacketEvent>({
        logs: logIds,
        at: integer(0, LATEST),
        event: oneOf('ACCEPT', 'DROP'),
        port: text(255),
        direction: oneOf('ingress', 'egress'),
        group: orNull(text(255)),
        rule: orNull(text(255)),
        protocol: octet,
        source: ip,
        destination: ip,
        sourcePort: portNumber,
        destinationPort: portNumber,
        icmpType: orNull(octet),
        icmpCode: orNull(octet),
        bytes: integer(0, 1 << 20),
      }),
      10_000,
    ),
    lost: number,
    of: logIds,
  }),
  answer: object({
    type: oneOf('answer'),
    id: number,
    answer: answerShape,
  }),
};

const CONTROLLER: { readonly [T in ControllerMessage['type']]: Shape<Extract<ControllerMessage, { type: T }>> } = {
  view: object({ type: oneOf('view'), revision, tables: tablesShape }),
  current: object({ type: oneOf('current'), revision }),
  delta: object({ type: oneOf('delta'), revision, delta: deltaShape }),
  ask: object({ type: oneOf('ask'), id: number, question: questionShape }),
};

/** Throws LINK_PROTOCOL for a hello of another version, LINK_MALFORMED for anything else that is no message of an agent. */
export function parseAgentMessage(data: string): AgentMessage {
  const message = parseJson(data);
  const { type, protocol } = message;
  if (type === 'hello' && typeof protocol === 'number' && protocol !== LINK_PROTOCOL)
    throw linkError('LINK_PROTOCOL', { theirs: protocol, ours: LINK_PROTOCOL });
  return parseBy<AgentMessage>(AGENT, message);
}

/** Throws LINK_MALFORMED for anything that is no message of a controller. */
export function parseControllerMessage(data: string): ControllerMessage {
  return parseBy<ControllerMessage>(CONTROLLER, parseJson(data));
}

type AnyShape<Message> = Readonly<Record<string, Shape<Message>>>;

function parseBy<Message>(shapes: AnyShape<Message>, message: Readonly<Record<string, unknown>>): Message {
  const { type } = message;
  const shape = typeof type === 'string' && Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) throw linkError('LINK_MALFORMED', { at: 'type', reason: 'unknown kind of message' });
  return shape(message, '');
}

function parseJson(data: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw linkError('LINK_MALFORMED', { at: 'the message itself', reason: 'no JSON' }, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw linkError('LINK_MALFORMED', { at: 'the message itself', reason: 'no object' });
  return value as Readonly<Record<string, unknown>>;
}
