import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from '../src/options.ts';

const NEEDED = ['--controller', 'unix:/run/netloom.sock', '--key-file', '/etc/key'];

test('the command line outweighs the environment, which outweighs what is usual', () => {
  const env = { NETLOOM_HOST: 'env', NETLOOM_DRIVER: 'memory', NETLOOM_CONTROLLER: 'tcp://a:1' };
  const options = readOptions([...NEEDED, '--host', 'line', '--controller', 'tcp://[::1]:9697'], env);
  assert.deepEqual(options, {
    host: 'line',
    controllers: ['unix:/run/netloom.sock', 'tcp://[::1]:9697'],
    keyFile: '/etc/key',
    driver: 'memory',
    underlay: {},
    namespace: 'netloom',
    dataFolder: '/var/lib/netloom/agent',
    auditSeconds: 60,
    logLevel: 'info',
  });
  const several = readOptions([], { NETLOOM_CONTROLLER: 'tcp://a:1 tcp://b:2', NETLOOM_KEY_FILE: 'k' });
  assert.deepEqual(several?.controllers, ['tcp://a:1', 'tcp://b:2']);
});

test('help needs nothing else', () => {
  assert.equal(readOptions(['--help'], {}), undefined);
});

test('wrong usage is a coded error that names the option', () => {
  const cases: [RegExp, ...string[]][] = [
    [/--controller: at least one/, '--key-file', 'k'],
    [/--controller: "http:\/\/a" is no controller address/, '--controller', 'http://a', '--key-file', 'k'],
    [/--controller: "tcp:\/\/a:70000"/, '--controller', 'tcp://a:70000', '--key-file', 'k'],
    [/--key-file/, '--controller', 'tcp://a:1'],
    [/--audit-seconds: "0"/, ...NEEDED, '--audit-seconds', '0'],
    [/--audit-seconds: "soon"/, ...NEEDED, '--audit-seconds', 'soon'],
    [/--log-level/, ...NEEDED, '--log-level', 'loud'],
    [/--colour/, ...NEEDED, '--colour', 'red'],
  ];
  for (const [message, ...args] of cases) assert.throws(() => readOptions(args, {}), { code: 'AGENT_OPTION', message });
});
