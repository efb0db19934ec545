import { join } from 'node:path';
import { test } from 'node:test';
import { hold } from './hold.ts';
import { readWalk } from './walk/read-walk.ts';

const steps = readWalk(join(import.meta.dirname, 'walk/walk.txt'));

test('the openstack command over every resource it has commands for', { timeout: 10 * 60_000 }, (t) =>
  hold(t, 'walk', {
    count: steps.length,
    skips: {
      'VPN as a service is not part of this API': 1,
      'asks for a compute service before it shows or sets a quota': 1,
      'no way to find an object of a chain by name or id': 1,
    },
  }),
);
