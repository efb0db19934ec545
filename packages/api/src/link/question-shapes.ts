import { TABLE_NAMES } from '@netloom/core/tables/host-tables';
import type { Sighting } from '@netloom/core/trace/live/live';
import type { ProbeContent, ProbePacket } from '@netloom/core/trace/live/probe-packet';
import { STEP_KINDS } from '@netloom/core/trace/packet';
import type { Answer, Question, RuleCount } from './questions.ts';
import { integer, listOf, object, oneOf, orNull, type Shape, text, variantOf } from './shape.ts';

const MAX_ASKED = 100_000;

const id = text(255);
const ip = text(45);
const mac = text(17);
const octet = integer(0, 255);
const number = integer(0, Number.MAX_SAFE_INTEGER);
const portNumber = orNull(integer(0, 65_535));

/** It becomes part of the names of tables and devices. */
const probe: Shape<string> = (value, at) =>
  typeof value === 'string' && /^[0-9a-f]{16}$/.test(value) ? value : text(0)(value, at);

const content = variantOf<ProbeContent>('kind', {
  ip: object<Extract<ProbeContent, { kind: 'ip' }>>({
    kind: oneOf('ip'),
    source: ip,
    destination: ip,
    protocol: octet,
    sourcePort: portNumber,
    destinationPort: portNumber,
    icmp: orNull(object({ type: octet, code: octet })),
  }),
  bare: object({ kind: oneOf('bare') }),
  neighbour: object({ kind: oneOf('neighbour'), source: ip, target: ip }),
});

const packet = object<ProbePacket>({ sourceMac: mac, destinationMac: mac, content, token: probe });

export const questionShape = variantOf<Question>('kind', {
  hits: object({ kind: oneOf('hits'), groups: listOf(id, MAX_ASKED) }),
  'probe-watch': object({ kind: oneOf('probe-watch'), probe, packet }),
  'probe-send': object({ kind: oneOf('probe-send'), probe, port: id }),
  'probe-read': object({ kind: oneOf('probe-read'), probe }),
  'probe-end': object({ kind: oneOf('probe-end'), probe }),
});

const sighting = object<Sighting>(
  {
    way: oneOf('there', 'back'),
    what: oneOf(...STEP_KINDS, 'foreign'),
    verdict: oneOf('pass', 'drop'),
    row: orNull(object({ table: oneOf(...TABLE_NAMES), id })),
    rule: id,
    text: text(4096),
  },
  ['rule'],
);

export const answerShape = variantOf<Answer>('kind', {
  hits: object({
    kind: oneOf('hits'),
    counts: listOf(object<RuleCount>({ group: id, rule: id, packets: number, bytes: number }), 1_000_000),
  }),
  sightings: object({ kind: oneOf('sightings'), sightings: listOf(sighting, 10_000) }),
  problem: object({ kind: oneOf('problem'), problem: text(4096) }),
});
