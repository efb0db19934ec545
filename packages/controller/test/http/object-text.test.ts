import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../src/http/caller.ts';
import { objectText } from '../../src/http/resource/object-text.ts';
import { viewFor } from '../../src/http/resource/selection.ts';
import { networkingResources } from '../../src/http/resources/networking-resources.ts';

const ADMIN: Caller = { userId: 'u', userName: 'u', projectId: 'p', roles: new Set(['admin']), isAdmin: true };
const MEMBER: Caller = { ...ADMIN, roles: new Set(['member']), isAdmin: false };

const FIXED_IPS = [{ subnet_id: 's', ip_address: '10.1.0.4' }];

/** A row's value of an attribute; rows of odd and even numbers differ in some of them. */
function sampleOf(name: string, n: number): unknown {
  const values: Record<string, unknown> = {
    fixed_ips: n % 2 === 0 ? FIXED_IPS : [],
    name: `"${n % 3}" \u2028 \ud800`,
    admin_state_up: n % 2 === 0,
    revision_number: n,
    description: null,
    'binding:vif_type': 'ovs',
    resource_request: null,
    trunk_details: null,
  };
  return name in values ? values[name] : name;
}

const port = networkingResources().find((one) => one.name === 'port');
assert.ok(port);

for (const [who, caller] of Object.entries({ ADMIN, MEMBER })) {
  for (const fields of [[], ['id'], ['tenant_id', 'dns_assignment', 'trunk_details'], ['nothing']]) {
    test(`rows are written as they would be shown: ${who}, fields ${fields.join()}`, () => {
      const view = viewFor(port, caller, fields);
      const text = objectText(port, caller, view);
      for (let n = 0; n < 7; n++) {
        const values = text.selected.map((name) => sampleOf(name, n));
        const row = Object.fromEntries(text.selected.map((name, i) => [name, values[i]]));
        assert.equal(text.write(values), JSON.stringify(view.show(row)));
        assert.equal(text.idOf(values), 'id');
      }
    });
  }
}
