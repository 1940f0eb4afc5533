import fc from 'fast-check';
import { bodyOf, DESCRIPTION, parametersOf, type Schema, validatorOf } from './api-description.ts';

/** A request, with its parameters by place. A `body` that is text is sent as it is, and any other as JSON. */
export interface Request {
  readonly path: Readonly<Record<string, string>>;
  readonly header: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface ObjectSchema extends Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

interface ArraySchema extends Schema {
  readonly items: Schema;
  readonly maxItems: number;
}

/** Texts for the patterns with Unicode properties, which fast-check does not read. */
const UNICODE = fc.oneof(
  ...(['grapheme', 'binary'] as const).map((unit) =>
    fc.string({ unit, minLength: 1, maxLength: 100 }),
  ),
  // Three characters in Unicode form NFC.
  fc.nat({ max: 100 }).map((length) => '\ufb2c'.repeat(length)),
);

/** Values that a schema allows. Supports the keywords of the request schemas. */
function allowedBy(schema: Schema): fc.Arbitrary<unknown> {
  const { anyOf, pattern, minimum, maximum, properties, required, items, maxItems } =
    schema as Schema &
      Partial<ObjectSchema & ArraySchema> & {
        anyOf?: Schema[];
        pattern?: string;
        minimum: number;
        maximum: number;
      };
  const values = schema['enum'] as unknown[] | undefined;
  if (values) return fc.constantFrom(...values);
  if (anyOf) return fc.oneof(...anyOf.map(allowedBy));
  if (schema['type'] === 'null') return fc.constant(null);
  if (items) return fc.array(allowedBy(items), { maxLength: maxItems ?? Infinity });
  if (schema['type'] === 'integer') {
    return fc.oneof(
      fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) }),
      fc.constantFrom(minimum, maximum),
    );
  }
  if (schema['format'] === 'uuid') {
    return fc.oneof(
      { weight: 3, arbitrary: fc.uuid({ version: 4 }) },
      { weight: 1, arbitrary: fc.stringMatching(new RegExp(pattern ?? '')) },
    );
  }
  if (pattern?.includes('\\p{')) return UNICODE.filter((text) => validatorOf(schema)(text));
  if (pattern !== undefined) {
    const text = fc.stringMatching(new RegExp(pattern));
    return schema['format'] === undefined
      ? text
      : text.filter((value) => validatorOf(schema)(value));
  }
  if (properties) {
    const members = Object.entries(properties).map(([name, member]) => [name, allowedBy(member)]);
    return fc.record(
      Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>,
      {
        requiredKeys: required ?? [],
      } as object,
    );
  }
  throw new Error(`No values are known for ${JSON.stringify(schema)}.`);
}

/** Values that a schema forbids, many of them only slightly wrong. */
function forbiddenBy(schema: Schema): fc.Arbitrary<unknown> {
  // JSON writes numbers that it does not have, such as Infinity, as null.
  return nearlyAllowedBy(schema).filter(
    (value) => !validatorOf(schema)((JSON.parse(JSON.stringify([value])) as unknown[])[0]),
  );
}

function nearlyAllowedBy(schema: Schema): fc.Arbitrary<unknown> {
  const { anyOf, properties, items, maxItems } = schema as Partial<ObjectSchema & ArraySchema> & {
    anyOf?: Schema[];
  };
  if (anyOf) return fc.oneof(...anyOf.map(nearlyAllowedBy));
  if (items) {
    return fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(fc.array(allowedBy(items)), forbiddenBy(items), fc.nat())
        .map(([list, item, at]) => list.toSpliced(at % (list.length + 1), 0, item)),
      allowedBy(items).map((item) => Array<unknown>((maxItems ?? 0) + 1).fill(item)),
    );
  }
  if (properties) {
    const names = Object.keys(properties);
    const broken = fc.oneof(
      ...Object.entries(properties).map(([name, member]) =>
        fc.tuple(fc.constant(name), forbiddenBy(member)),
      ),
      fc.tuple(
        fc.string().filter((name) => !names.includes(name) && name !== '__proto__'),
        fc.jsonValue(),
      ),
      fc.tuple(fc.constantFrom(...names), fc.constant(undefined)),
    );
    return fc.tuple(allowedBy(schema), broken).map(([value, [name, member]]) => {
      const { [name]: _, ...others } = value as Record<string, unknown>;
      return member === undefined ? others : { ...others, [name]: member };
    });
  }
  const texts = allowedBy(schema).map(String);
  const char = fc.constantFrom(' ', '-', ':', '0', '9', 'T', 't', 'z', '.', '#', '/', 'é', '\n');
  return fc.oneof(
    fc.jsonValue(),
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.tuple(texts, fc.nat(), char).map(([text, at, c]) => {
      const i = at % (text.length + 1);
      return text.slice(0, i) + c + text.slice(i);
    }),
    fc.tuple(texts, fc.nat(), char).map(([text, at, c]) => {
      const i = at % text.length;
      return text.slice(0, i) + c + text.slice(i + 1);
    }),
    fc.tuple(texts, fc.nat()).map(([text, at]) => {
      const i = at % text.length;
      return text.slice(0, i) + text.slice(i + 1);
    }),
  );
}

/** Parameters are text. Other values take the form that they have in JSON. */
const asText = (values: fc.Arbitrary<unknown>) =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
const readAs = (schema: Schema, text: string) =>
  schema['type'] === 'integer' && String(Number(text)) === text ? Number(text) : text;

/** The media types that the description allows in prose: `application/json` and `application/*+json`. */
const MEDIA_TYPES = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'application/vnd.clinic+json',
);

/** Requests that the description allows. */
export function allowedRequests(route: string): fc.Arbitrary<Request> {
  const place = (name: string) => {
    const parameters = parametersOf(route).filter((parameter) => parameter.in === name);
    return fc.record(
      Object.fromEntries(
        parameters.map((parameter) => [parameter.name, asText(allowedBy(parameter.schema))]),
      ),
      { requiredKeys: parameters.filter((p) => p.required).map((p) => p.name) },
    ) as fc.Arbitrary<Record<string, string>>;
  };
  const body = bodyOf(route);
  return fc.record({
    path: place('path'),
    header: fc.tuple(place('header'), MEDIA_TYPES).map(([header, type]) => ({
      ...header,
      'Content-Type': type,
    })),
    // Two random dates are rarely close to each other.
    query: fc
      .tuple(place('query'), fc.boolean())
      .map(([query, isOneDate]) =>
        isOneDate && query['from'] && query['to'] ? { ...query, to: query['from'] } : query,
      ),
    ...(body && {
      body: fc
        .tuple(allowedBy(body), fc.boolean())
        .map(([value, isConsistent]) => (isConsistent ? consistent(value) : value)),
    }),
  });
}

interface Range {
  readonly from: string;
  readonly to: string;
}

/** A body whose parts fit together: its end fits its start, and its ranges are in order and do not overlap. */
function consistent(body: unknown): unknown {
  const { hours, time_off } = body as {
    hours?: Readonly<Record<string, Range[]>> | null;
    time_off?: Range[];
  };
  if (time_off === undefined) return withEnd(body);
  const days = Object.entries(hours ?? {}).map(([day, ranges]) => [day, inOrder(ranges)]);
  return {
    hours: hours && (Object.fromEntries(days) as unknown),
    time_off: inOrder(time_off),
  };
}

function inOrder(ranges: readonly Range[]): Range[] {
  // Times have several forms, which sort alike up to their seconds.
  const time = (text: string) => text.replace(' ', 'T').slice(0, 'YYYY-MM-DDThh:mm:ss'.length);
  const bounds = ranges
    .flatMap(({ from, to }) => [from, to])
    .sort((a, b) => (time(a) < time(b) ? -1 : 1));
  return ranges
    .map((_, i) => ({ from: bounds[2 * i] ?? '', to: bounds[2 * i + 1] ?? '' }))
    .filter(({ from, to }) => time(from) !== time(to));
}

/** A body with the right end, if it has a start that is a time. */
function withEnd(body: unknown): unknown {
  const { start_time = '' } = body as { start_time?: string };
  const start = Date.parse(start_time.replace(' ', 'T').replace(/(?:Z|\+00:00)?$/, 'Z'));
  const end = new Date(start + 30 * 60_000);
  return Number.isNaN(start) ? body : { ...(body as object), end_time: end.toISOString() };
}

/** Requests with one mistake. */
export function forbiddenRequests(route: string): fc.Arbitrary<Request> {
  const parameters = parametersOf(route).map((parameter) =>
    fc.record({
      place: fc.constant(parameter.in),
      name: fc.constant(parameter.name),
      value: asText(nearlyAllowedBy(parameter.schema)).filter(
        (text) => !validatorOf(parameter.schema)(readAs(parameter.schema, text)),
      ),
    }),
  );
  const schema = bodyOf(route);
  const body =
    schema &&
    fc.record({
      place: fc.constant('body' as const),
      name: fc.constant(''),
      value: fc.oneof(
        forbiddenBy(schema),
        fc.jsonValue().filter((json) => !validatorOf(schema)(json)),
      ),
    });
  const known = parametersOf(route).map(({ name }) => name);
  const unknown = fc.record({
    place: fc.constant('query' as const),
    name: fc.string().filter((name) => !known.includes(name) && name !== '__proto__'),
    value: fc.string(),
  });
  const broken = fc.oneof(...parameters, unknown, ...(body ? [body, body, body] : []));
  return fc
    .tuple(allowedRequests(route), broken)
    .map(([request, { place, name, value }]) =>
      place === 'body'
        ? { ...request, body: JSON.stringify(value) }
        : { ...request, [place]: { ...request[place], [name]: value } },
    );
}

/** The described routes. */
export const ROUTES = Object.entries(DESCRIPTION.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
);
