import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BENCH_NEEDS, INSTALL, RUN_NEEDS, TEST_NEEDS } from '../../packages/cli/bin/needs.js';
import { installCommand, missingText } from '../../tools/setup/setup.js';

const NEEDS = [...RUN_NEEDS, ...TEST_NEEDS, ...BENCH_NEEDS];

test('what is missing is named with its purpose, and one line installs it', () => {
  const missing = NEEDS.filter(({ program }) => ['nft', 'dnsmasq'].includes(program));
  const text = missingText(missing, installCommand(missing, 'apt'));
  assert.equal(
    text,
    [
      'missing on this machine:',
      '  nft        packet filters and counters',
      '  dnsmasq    DHCP, router advertisements and names',
      'install with:',
      '  sudo apt-get install -y --no-install-recommends nftables dnsmasq-base',
    ].join('\n'),
  );
});

test('every program has a package for every package manager, and none is installed twice', () => {
  for (const manager of Object.keys(INSTALL)) {
    for (const need of NEEDS) assert.ok(need.packages[manager], `${need.program} for ${manager}`);
    const command = installCommand(NEEDS, manager);
    assert.equal(new Set(command).size, command.length);
  }
});
