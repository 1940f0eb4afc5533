import * as z from 'zod/mini';
import { appointmentResponse } from '../../src/handlers/http/response-schemas.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What is said of a member or parameter beside what its schema says. */
export type Texts<Shape extends z.core.$ZodShape> = Readonly<
  Record<keyof Shape & string, Partial<JsonSchema> & { readonly description: string }>
>;

/**
 * The JSON Schema (2020-12) of what a zod schema takes. An appointment inside another schema is
 * referred to. Objects stay open unless the zod schema is strict: an answer may grow a member without
 * breaking a client.
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

/** The JSON Schema of an object, with a text for each of its members. */
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
