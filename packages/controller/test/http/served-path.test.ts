import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkingResources } from '../../src/http/resources/networking-resources.ts';
import { servedPath } from '../../src/http/served-path.ts';

const served = servedPath('/v2.0', networkingResources());

for (const [asked, read] of [
  ['/v2.0/local_ips', '/v2.0/local-ips'],
  ['/v2.0/security_groups/ID?fields=id', '/v2.0/security-groups/ID?fields=id'],
  ['/v2.0/networks.json?name=a_b', '/v2.0/networks?name=a_b'],
  ['/v2.0/security_group_rules.json', '/v2.0/security-group-rules'],
  ['/v2.0/networks/security_groups', '/v2.0/networks/security_groups'],
  ['/v2.0/nosuch_things', '/v2.0/nosuch_things'],
  ['/identity/v3/local_ips.json', '/identity/v3/local_ips.json'],
] as const)
  test(`${asked} is read as ${read}`, () => {
    assert.equal(served(asked), read);
  });
