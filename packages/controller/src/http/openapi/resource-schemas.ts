import type { Attribute, Resource } from '../resource/definition.ts';
import { accessText } from './access-text.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** "security_group_rule" -> "SecurityGroupRule" */
export function schemaName({ parent, name }: Resource): string {
  const words = parent === undefined ? name : `${parent.resource.name}_${name}`;
  return words.replace(/(?:^|[_-])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export function schemaOf(resource: Resource, kind: '' | 'Create' | 'Update'): Schema {
  return { $ref: `#/components/schemas/${schemaName(resource)}${kind}` };
}

/** JSON Schemas (2020-12) of an object as it is shown, asked for and changed, by name. */
export function resourceSchemas(resource: Resource): Record<string, Schema> {
  const name = schemaName(resource);
  return {
    [name]: shownSchema(resource),
    [`${name}Create`]: givenSchema(resource, 'create'),
    [`${name}Update`]: givenSchema(resource, 'update'),
  };
}

function shownSchema({ attributes }: Resource): Schema {
  const shown = Object.entries(attributes).filter(([, attribute]) => attribute.seen !== 'never');
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(
        shown.map(([name, { type, seen }]) => [
          name,
          described(type.schema, seen === 'admin' ? 'Shown to admins.' : ''),
        ]),
      ),
      ...tenantOf(attributes, {
        ...attributes['project_id']?.type.schema,
        description: 'The older name of project_id.',
      }),
    },
  };
}

function givenSchema({ attributes }: Resource, action: 'create' | 'update'): Schema {
  const given = Object.entries(attributes).filter(([, attribute]) => attribute[action] !== undefined);
  const required = given.filter(([, attribute]) => action === 'create' && attribute.required).map(([name]) => name);
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(given.map(([name, attribute]) => [name, givenProperty(attribute, action)])),
      ...(attributes['project_id']?.[action] !== undefined &&
        tenantOf(attributes, { type: 'string', description: 'The older name of project_id.' })),
    },
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function givenProperty(attribute: Attribute, action: 'create' | 'update'): Schema {
  const who = attribute[action];
  const guard = Array.isArray(who) ? `To give it: admins${also(accessText(who))}.` : '';
  const schema = described(attribute.type.schema, guard);
  const hasDefault = action === 'create' && attribute.default !== undefined;
  return hasDefault ? { ...schema, default: attribute.default } : schema;
}

function also(others: string): string {
  return others === '' ? '' : `, and ${others}`;
}

function described(schema: Schema, description: string): Schema {
  return description === '' ? schema : { ...schema, description };
}

function tenantOf(attributes: Resource['attributes'], schema: Schema): Record<string, Schema> {
  return attributes['project_id'] === undefined ? {} : { tenant_id: schema };
}
