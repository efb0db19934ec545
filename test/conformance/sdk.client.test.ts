import { test } from 'node:test';
import { hold } from './hold.ts';

test('calls of openstacksdk are answered as the real server answered them', { timeout: 5 * 60_000 }, (t) =>
  hold(t, 'sdk', { count: 68, skips: {} }),
);
