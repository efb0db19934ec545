import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource, RuleContext } from '../../src/http/resource/definition.ts';
import { text } from '../../src/http/resource/value-types.ts';
import { compose } from '../../src/http/resources/compose.ts';
import type { Feature, Mixin } from '../../src/http/resources/feature.ts';

function resource(name: string, more: Partial<Resource> = {}): Resource {
  return {
    name,
    collection: `${name}s`,
    table: `${name}s`,
    notFound: (id) => {
      throw new Error(id);
    },
    access: { read: [], create: [], update: [], delete: [] },
    attributes: { id: { type: text() } },
    ...more,
  };
}

const feature = (more: Partial<Feature>): Feature => ({ extensions: [], ...more });

test('resources name each other in circles, whatever the order of features', () => {
  const under = (other: string) => (name: string) =>
    feature({
      resources: (base) => [
        resource(name, { attributes: { other: { type: text(), references: { resource: base.get(other) } } } }),
      ],
    });
  const { resources } = compose([under('b')('a'), under('a')('b')]);
  const [a, b] = resources;
  assert.equal(a?.attributes['other']?.references?.resource, b);
  assert.equal(b?.attributes['other']?.references?.resource, a);
});

test('what features add is there, and runs in their order; deletions backwards', async () => {
  const ran: string[] = [];
  const mixin = (name: string): Mixin => ({
    attributes: { [name]: { type: text() } },
    rules: {
      beforeCreate: async () => void ran.push(`create ${name}`),
      beforeDelete: async () => void ran.push(`delete ${name}`),
    },
  });
  const base = resource('a', { rules: mixin('a').rules ?? {} });
  const features = [feature({ mixins: () => ({ a: mixin('x') }) }), feature({ resources: () => [base] })];
  const { resources } = compose([...features, feature({ mixins: () => ({ a: mixin('y') }) })]);
  const [a] = resources;
  assert.deepEqual(Object.keys(a?.attributes ?? {}), ['id', 'x', 'y']);
  const context = {} as RuleContext;
  await a?.rules?.beforeCreate?.([], context);
  await a?.rules?.beforeDelete?.([{}], context);
  assert.deepEqual(ran, ['create a', 'create x', 'create y', 'delete y', 'delete x', 'delete a']);
});

test('a table of features that does not fit together is refused', () => {
  const needsB = feature({ resources: (base) => [resource('a'), base.get('b')].slice(0, 1) });
  assert.throws(() => compose([needsB]), /no feature has the resources b/);
  assert.throws(() => compose([feature({ mixins: () => ({ c: {} }) })]), /no feature has the resources c/);
  const a = feature({ resources: () => [resource('a')] });
  assert.throws(() => compose([a, a]), /two features have a resource a/);
});
