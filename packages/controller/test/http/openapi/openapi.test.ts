import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApi } from '../../../src/http/openapi/openapi.ts';
import { networkingApi } from '../../../src/http/resources/networking-resources.ts';

type Json = Readonly<Record<string, unknown>>;

const api = networkingApi();
const description = JSON.parse(JSON.stringify(openApi(api, 'http://192.0.2.1:9696/v2.0'))) as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: Json }>> };
};

test('the description is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(description));
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, '3.1');
});

test('every reference leads somewhere', () => {
  const text = JSON.stringify(description);
  for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g))
    assert.ok((description.components as Json as Record<string, Json>)[kind]?.[name], `${kind}/${name}`);
});

test('every operation has a name of its own', () => {
  const ids = Object.values(description.paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId }) => (operationId === undefined ? [] : [operationId])),
  );
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  assert.deepEqual(twice, []);
  assert.ok(ids.length > 200, `${ids.length} operations`);
});

test('each resource is there with all its attributes', () => {
  assert.deepEqual(
    Object.keys(description.components.schemas['Port']?.properties ?? {}).includes('binding:host_id'),
    true,
  );
  const create = description.components.schemas['PortCreate'] as { required?: string[]; properties: Json };
  assert.deepEqual(create.required, ['network_id']);
  assert.equal('status' in create.properties, false);
  assert.ok('put' in (description.paths['/routers/{id}/add_router_interface'] ?? {}));
  assert.ok('get' in (description.paths['/floatingips/{parent_id}/port_forwardings/{id}'] ?? {}));
});
