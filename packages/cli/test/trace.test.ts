import assert from 'node:assert/strict';
import { test } from 'node:test';
import { netloom } from './netloom.ts';

const trace = (...words: string[]) => netloom(['trace', '--file', 'examples/two-tier.yaml', ...words]);

test('a packet of a scenario file passes: every step with its host, rules by their text, and exit code 0', async () => {
  const { code, stdout, stderr } = await trace('--from', 'web-1', '--to', 'db-2', '--proto', 'tcp', '--dport', '5432');
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  '));
  assert.ok(
    lines.includes(
      'there  h1  filter  rule "egress v4 any to any" of security group web lets tcp/5432 out of port web-1',
    ),
  );
  assert.ok(
    lines.includes(
      'there  h2  filter  rule "ingress tcp 5432 from group web" of security group db lets tcp/5432 into port db-2',
    ),
  );
  assert.equal(lines.at(-2), 'pass');
});

test('a dropped packet says why, with exit code 1', async () => {
  const { code, stdout } = await trace(
    '--from',
    'till-1',
    '--to',
    'db-1',
    '--proto',
    'tcp',
    '--dport',
    '5432',
    '--ipv6',
  );
  assert.equal(code, 1);
  assert.match(
    stdout,
    /\ndrop: FILTER_DENIES: no rule of security group db lets tcp\/5432 from fd00:10:1:\S+ into port db-1\n$/,
  );
});

test('as JSON it is one document with ids', async () => {
  const { code, stdout } = await trace(
    '--from',
    'web-1',
    '--to',
    '10.10.1.50',
    '--proto',
    'tcp',
    '--dport',
    '22',
    '--json',
  );
  assert.equal(code, 1);
  const answer = JSON.parse(stdout) as { verdict: string; code: string; steps: { row: string; rule?: string }[] };
  assert.deepEqual([answer.verdict, answer.code], ['drop', 'FILTER_DENIES']);
  assert.match(answer.steps.find(({ row }) => row.startsWith('filters/'))?.rule ?? '', /^[0-9a-f-]{36}$/);
});

test('an address that several ports have is refused with a list, and an own address is sent from', async () => {
  const ambiguous = await trace('--from', '10.10.1.30', '--to', 'web-1');
  assert.equal(ambiguous.code, 2);
  assert.match(
    ambiguous.stderr,
    /TRACE_PORT: 2 ports have .* "10\.10\.1\.30"\n {2}\S+ web-3 on shop: .*\n {2}\S+ guest-1 on guest: 10\.10\.1\.30\n/,
  );
  const one = await trace('--from', '10.10.1.50', '--to', 'db-2');
  assert.equal(one.code, 0);
  assert.match(one.stdout, /port db-1 \(\S+\) sends icmp to 10\.10\.1\.\d+ as 10\.10\.1\.50/);
});

test('another port with the same address is not the one that was meant', async () => {
  const { code, stdout } = await trace('--from', 'web-1', '--to', 'guest-1');
  assert.equal(code, 1);
  assert.match(stdout, /drop: OTHER_PORT: it reaches ports\/web-3, which has the address of port guest-1/);
});

for (const [what, words, reason] of [
  ['a name that nobody has', ['--from', 'web-9', '--to', 'db-1'], /TRACE_PORT: 0 ports/],
  ['tcp without a port', ['--from', 'web-1', '--to', 'db-1', '--proto', 'tcp'], /TRACE_PACKET: .*--dport/],
  [
    'a port that is none',
    ['--from', 'web-1', '--to', 'db-1', '--proto', 'tcp', '--dport', '0'],
    /--dport is 1 to 65535/,
  ],
  ['icmp with a port', ['--from', 'web-1', '--to', 'db-1', '--dport', '80'], /icmp has no ports/],
  ['an unknown protocol', ['--from', 'web-1', '--to', 'db-1', '--proto', 'tpc'], /"tpc" is not icmp/],
  ['a family that one end lacks', ['--from', 'guest-1', '--to', 'guest-2', '--ipv6'], /TRACE_FAMILY: .* IPv6/],
  ['no sender', ['--to', 'db-1'], /--from/],
] as const) {
  test(`no answer is exit code 2: ${what}`, async () => {
    const { code, stderr } = await trace(...words);
    assert.equal(code, 2);
    assert.match(stderr, reason);
  });
}

test('a destination that is no address of one receiver is a bad question, not a drop', async () => {
  const { code, stdout } = await trace('--from', 'web-1', '--to', '224.0.0.1');
  assert.equal(code, 2);
  assert.match(stdout, /GROUP_DESTINATION/);
});
