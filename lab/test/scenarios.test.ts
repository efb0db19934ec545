import assert from 'node:assert/strict';
import test from 'node:test';
import { simulate } from '../src/command.ts';
import { SCENARIO_FILES } from './scenario-files.ts';

test('there are scenarios to try', () => assert.ok(SCENARIO_FILES.length > 10));

for (const file of SCENARIO_FILES) {
  test(`by trace alone every expectation holds: ${file.split('/').at(-1)}`, async () => {
    const { lines } = await simulate({ file });
    assert.ok(lines.some((line) => line.expected === 'pass') && lines.some((line) => line.expected === 'drop'));
    assert.deepEqual(
      lines.filter((line) => !line.holds).map((line) => `${line.text}: ${line.problem}`),
      [],
    );
  });
}
