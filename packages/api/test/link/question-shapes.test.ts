import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerShape, questionShape } from '@netloom/api/link/question-shapes';

const PROBE = '0123456789abcdef';
const CONTENT = {
  ...{ kind: 'ip', source: '10.0.0.1', destination: '10.0.0.2', protocol: 6 },
  ...{ sourcePort: 50_000, destinationPort: 80, icmp: null },
};
const PACKET = { sourceMac: 'fa:16:3e:00:00:01', destinationMac: 'fa:16:3e:00:00:02', token: PROBE, content: CONTENT };

test('questions and answers of the link are taken as they are', () => {
  const questions = [
    { kind: 'hits', groups: ['g'] },
    { kind: 'probe-watch', probe: PROBE, packet: PACKET },
    { kind: 'probe-watch', probe: PROBE, packet: { ...PACKET, content: { kind: 'bare' } } },
    { kind: 'probe-send', probe: PROBE, port: 'p' },
    { kind: 'probe-read', probe: PROBE },
    { kind: 'probe-end', probe: PROBE },
  ];
  for (const question of questions) assert.equal(questionShape(question, ''), question);
  const sighting = { way: 'back', what: 'foreign', verdict: 'drop', row: null, text: 'words' };
  const answers = [
    { kind: 'hits', counts: [{ group: 'g', rule: 'r', packets: 1, bytes: 2 }] },
    { kind: 'sightings', sightings: [sighting, { ...sighting, row: { table: 'ports', id: 'p' }, rule: 'r' }] },
    { kind: 'problem', problem: 'words' },
  ];
  for (const answer of answers) assert.equal(answerShape(answer, ''), answer);
});

test('what could become part of a command is refused', () => {
  const refused = [
    { kind: 'probe-read', probe: 'x; flush ruleset' },
    { kind: 'probe-read', probe: PROBE.toUpperCase() },
    { kind: 'probe-watch', probe: PROBE, packet: { ...PACKET, token: '0 accept' } },
    { kind: 'probe-watch', probe: PROBE, packet: { ...PACKET, content: { ...CONTENT, protocol: 256 } } },
    { kind: 'probe-watch', probe: PROBE, packet: { ...PACKET, content: { kind: 'raw', frame: '00' } } },
    { kind: 'other' },
  ];
  for (const question of refused)
    assert.throws(() => questionShape(question, ''), { code: 'LINK_MALFORMED' }, JSON.stringify(question));
});
