import * as z from 'zod/mini';
import { appointmentResponse } from '../../src/handlers/http/response-schemas.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What to say about a member or parameter besides its schema. */
export type Texts<Shape extends z.core.$ZodShape> = Readonly<
  Record<keyof Shape & string, Partial<JsonSchema> & { readonly description: string }>
>;

/**
 * The JSON Schema (2020-12) of a zod schema's input. An appointment inside another schema becomes a
 * reference. Objects stay open unless the zod schema is strict, so that a response can get a new member
 * without breaking clients.
 */
export function jsonSchema(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _draft, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override({ zodSchema, jsonSchema: inner, path }) {
      if (zodSchema !== appointmentResponse || path.length === 0) return;
      for (const key of Object.keys(inner)) Reflect.deleteProperty(inner, key);
      inner.$ref = '#/components/schemas/Appointment';
    },
  });
  return json;
}

/** The JSON Schema of an object, with a description for each member. */
export function describedObject<Shape extends z.core.$ZodShape>(
  schema: z.core.$ZodObject<Shape>,
  texts: Texts<Shape>,
): JsonSchema {
  const json = jsonSchema(schema);
  const members = Object.entries<Partial<JsonSchema>>(texts).map(([name, text]) => [
    name,
    { ...(json.properties?.[name] as JsonSchema), ...text },
  ]);
  return { ...json, properties: Object.fromEntries(members) as Record<string, JsonSchema> };
}
