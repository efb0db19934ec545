import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../src/http/api-error.ts';
import { InvalidValue } from '../../../src/http/resource/value-types.ts';
import { addressPairs } from '../../../src/http/resources/port-security/address-pairs-type.ts';

const MAC = 'fa:16:3e:00:00:01';

test('pairs are kept as the client wrote them', () => {
  const pairs = [
    { ip_address: '10.0.0.9' },
    { ip_address: '10.0.0.9/24', mac_address: 'FA-16-3E-00-00-01' },
    { ip_address: '2001:DB8::/32' },
    { ip_address: '0.0.0.0/0' },
  ];
  assert.deepEqual(addressPairs.parse(pairs), pairs);
  assert.deepEqual(addressPairs.parse(null), []);
});

test('what is no pair is refused', () => {
  const cases: readonly [unknown, string][] = [
    [{}, '400 HTTPBadRequest: Allowed address pairs must be a list.'],
    [[7], "'7' is not a dictionary"],
    [[{}], '400 AllowedAddressPairsMissingIP: AllowedAddressPair must contain ip_address'],
    [[{ mac_address: MAC }], '400 AllowedAddressPairsMissingIP: AllowedAddressPair must contain ip_address'],
    [[{ ip_address: 'x' }], "400 HTTPBadRequest: 'x' is not a valid IP address"],
    [[{ ip_address: 7 }], "400 HTTPBadRequest: '7' is not a valid IP address"],
    [[{ ip_address: '10.0.0.0/33' }], "400 HTTPBadRequest: '10.0.0.0/33' is not a valid IP subnet"],
    [[{ ip_address: '10.0.0.1', mac_address: null }], "400 HTTPBadRequest: 'None' is not a valid MAC address"],
    [[{ ip_address: '10.0.0.1', more: 1 }], "400 HTTPBadRequest: Unrecognized attribute(s) 'more'"],
    [[{ ip_address: '224.0.0.1' }], '400 HTTPBadRequest: IP 224.0.0.1 is a multicast address, which is not supported.'],
    [
      [{ ip_address: 'ff02::/16' }],
      '400 HTTPBadRequest: Subnet ff02::/16 overlaps with multicast range ff00::/8, which is not supported.',
    ],
    [
      [{ ip_address: '10.0.0.1' }, { ip_address: '10.0.0.1/32' }],
      '400 DuplicateAddressPairInRequest: Request contains duplicate address pair: mac_address None ip_address 10.0.0.1/32.',
    ],
    [
      Array.from({ length: 11 }, (_, i) => ({ ip_address: `10.0.0.${i}` })),
      '400 AllowedAddressPairExhausted: The number of allowed address pair exceeds the maximum 10.',
    ],
  ];
  for (const [value, wanted] of cases) {
    assert.throws(
      () => addressPairs.parse(value),
      (error) => {
        const got = error instanceof ApiError ? `${error.status} ${error.type}: ${error.message}` : '';
        assert.equal(error instanceof InvalidValue ? error.message : got, wanted);
        return true;
      },
    );
  }
});
