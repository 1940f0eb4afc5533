// What one would write by hand for booking where everything that the service checks is checked, and answered as
// it answers: no zod, no Middy. Its store is a stub that answers at once from memory.
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ALEXEI, BOB } from '../../tests/support/people.ts';

const store = {
  findPatient: (_id: string) => Promise.resolve(ALEXEI),
  findPractitioner: (_id: string) => Promise.resolve(BOB),
  put: (_item: object) => Promise.resolve(),
};

interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const TIME =
  /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2})|T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:Z|\+00:00))$/;
const JSON_TYPE = /^application\/(?:[!#$&^_.+a-z0-9-]+\+)?json[ \t]*(?:;|$)/i;
const NOT_AN_ID = 'must be 1 to 64 letters, digits, "_" or "-"';
const NOT_AN_OBJECT = [{ pointer: '', detail: 'must be a JSON object' }];
const NOT_A_BODY_ID = 'must be a string or a positive integer';

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const began = performance.now();
  const answer = await book(event);
  const line = {
    timestamp: new Date().toISOString(),
    level: 'INFO',
    request_id: event.requestContext.requestId,
    route: event.routeKey,
    status: answer.statusCode,
    duration_ms: Math.round(performance.now() - began),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return answer;
}

async function book(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { requestId, authorizer } = event.requestContext as {
    requestId: string;
    authorizer?: { iam?: { userArn?: string } };
  };
  const problem = (
    status: number,
    code: string,
    title: string,
    detail: string,
    errors?: readonly Fault[],
  ) =>
    respond(status, 'application/problem+json', {
      type: `urn:problem:${code}`,
      title,
      status,
      detail,
      ...(errors && { errors }),
      request_id: requestId,
    });
  const invalid = (detail: string, errors?: readonly Fault[]) =>
    problem(400, 'invalid-request', 'The request is not valid', detail, errors);

  if (!authorizer?.iam?.userArn) {
    return problem(
      401,
      'unauthenticated',
      'Who calls is not known',
      'The request carries no identity. Sign it, or send a token.',
    );
  }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > 16_384) {
    const detail = `The body has ${bytes.length} bytes; the most that is taken is 16384.`;
    return problem(413, 'body-too-large', 'The body is too large', detail);
  }
  if (!JSON_TYPE.test(event.headers['content-type'] ?? '')) {
    const detail = 'Send the body as JSON, with the header Content-Type: application/json.';
    return problem(415, 'unsupported-media-type', 'The body is not JSON', detail);
  }
  let body: Record<string, unknown>;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return invalid('The body is not valid JSON in UTF-8.', NOT_AN_OBJECT);
  }
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return invalid('The body is not a JSON object.', NOT_AN_OBJECT);
  }

  const faults: Fault[] = [];
  const patientId = event.pathParameters?.['patient_id'] ?? '';
  if (!ID.test(patientId)) faults.push({ parameter: 'patient_id', detail: NOT_AN_ID });
  const key = event.headers['idempotency-key'];
  if (key !== undefined && !/^[\x20-\x7e]{1,255}$/.test(key)) {
    const detail = 'must be 1 to 255 printable ASCII characters';
    faults.push({ header: 'Idempotency-Key', detail });
  }
  const { practitioner_id, start_time, end_time, ...unknown } = body;
  const practitionerId = String(practitioner_id);
  if (practitioner_id === undefined) {
    faults.push({ pointer: '/practitioner_id', detail: 'is required' });
  } else if (
    typeof practitioner_id !== 'string' &&
    !(Number.isSafeInteger(practitioner_id) && Number(practitioner_id) > 0)
  ) {
    faults.push({ pointer: '/practitioner_id', detail: NOT_A_BODY_ID });
  } else if (!ID.test(practitionerId)) {
    faults.push({ pointer: '/practitioner_id', detail: NOT_AN_ID });
  }
  const start = readTime('/start_time', start_time, faults);
  const end = end_time === undefined ? undefined : readTime('/end_time', end_time, faults);
  for (const name of Object.keys(unknown)) {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    faults.push({ pointer, detail: 'is not a member of a booking: remove it' });
  }
  const expectedEnd = start && new Date(Date.parse(start) + 1_800_000).toISOString();
  const startEnd = expectedEnd?.replace('.000Z', 'Z');
  if (start && end && end !== startEnd) {
    faults.push({ pointer: '/end_time', detail: 'must be 30 minutes after start_time' });
  }
  if (faults.length > 0 || start === undefined) {
    return invalid('The request is not valid; "errors" says what is wrong, and where.', faults);
  }

  const [patient, practitioner] = await Promise.all([
    store.findPatient(patientId),
    store.findPractitioner(practitionerId),
  ]);
  const date = start.slice(0, 10);
  const appointment_id = randomUUID();
  await store.put({
    PK: `PATIENT#${patientId}`,
    SK: `DAY#${date}`,
    appointment_id,
    patient_id: patientId,
    practitioner_id: practitionerId,
    practitioner_first_name: practitioner.firstName,
    practitioner_last_name: practitioner.lastName,
    practitioner_npi: practitioner.npi,
    start_time: start,
    created_at: new Date().toISOString(),
    request_id: requestId,
    ...(key !== undefined && { idempotency_key: key }),
  });
  return respond(
    201,
    'application/json',
    {
      appointment_id,
      patient_id: patientId,
      patient_first_name: patient.firstName,
      patient_last_name: patient.lastName,
      practitioner_id: practitioner.practitionerId,
      practitioner_first_name: practitioner.firstName,
      practitioner_last_name: practitioner.lastName,
      practitioner_npi: practitioner.npi,
      start_time: start,
      end_time: startEnd,
    },
    { Location: `/api/patients/${patientId}/appointments?from=${date}&to=${date}` },
  );
}

function readTime(pointer: string, value: unknown, faults: Fault[]): string | undefined {
  const fault = (detail: string): string | undefined => {
    faults.push({ pointer, detail });
    return undefined;
  };
  if (value === undefined) return fault('is required');
  if (typeof value !== 'string') return fault('must be a string');
  const [, date, spaced, zoned, fraction = ''] = TIME.exec(value) ?? [];
  const time = spaced ?? zoned;
  if (date === undefined || time === undefined) {
    return fault('must be a UTC time like "2021-01-07 00:00:00" or "2021-01-07T00:00:00Z"');
  }
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) {
    return fault('must be a date that exists');
  }
  if (date < '1900-01-01') return fault('must not be before 1900-01-01');
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time)) {
    return fault('must be a time of day from 00:00:00 to 23:59:59');
  }
  if (!/:[03]0:00$/.test(time) || !/^0*$/.test(fraction)) {
    return fault('must be on the hour or half hour: minute 00 or 30, second 00');
  }
  if (pointer === '/start_time' && `${date}T${time}` === '9999-12-31T23:30:00') {
    return fault('must not be after 9999-12-31T23:00:00Z, the last that ends in the year 9999');
  }
  return `${date}T${time}Z`;
}

function respond(
  statusCode: number,
  type: string,
  body: unknown,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: {
      'Content-Type': type,
      'Cache-Control': 'no-store',
      'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}
