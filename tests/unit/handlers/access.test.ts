import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connect } from '../../../src/handlers/environment.ts';
import type { AuthMode } from '../../../src/handlers/http/access.ts';
import { captureLog } from '../../support/capture-log.ts';
import { bookingEvent, httpEvent, invoke } from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM } from '../../support/people.ts';
import { conditionFailed } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

/** What an authorizer of API Gateway adds to a request's context. */
type Authorizer = Record<string, unknown> | undefined;

const jwt = (claims: unknown, scopes: unknown = null): Authorizer => ({ jwt: { claims, scopes } });
const scope = (text: unknown, patient?: unknown): Authorizer =>
  jwt({ sub: 'someone', scope: text, ...(patient !== undefined && { patient }) });

const IAM: Authorizer = { iam: { userArn: 'arn:aws:iam::123456789012:user/clinic' } };

function as(authorizer: Authorizer, event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const requestContext = { ...event.requestContext, ...(authorizer && { authorizer }) };
  return { ...event, requestContext };
}

const at = (patient_id: string) => ({ pathParameters: { patient_id } });

const dependencies = (auth: AuthMode) =>
  connect({ auth, tableName: 'table', doubleBooking: 'allow' });

async function book(mode: AuthMode, authorizer: Authorizer, patientId = '1') {
  const handler = appointmentCommands(dependencies(mode));
  return invoke(handler, as(authorizer, bookingEvent(undefined, at(patientId))));
}

async function list(mode: AuthMode, authorizer: Authorizer, patientId = '1') {
  const handler = appointmentQueries(dependencies(mode));
  return invoke(handler, as(authorizer, httpEvent(at(patientId))));
}

beforeEach(() => {
  store.reset();
  store
    .on(GetCommand)
    .callsFake(({ Key }: { Key: { PK: string } }) => {
      if (Key.PK === 'PATIENT#unknown') return {};
      return { Item: Key.PK.startsWith('PATIENT#') ? ALEXEI_ITEM : BOB_ITEM };
    })
    .on(PutCommand)
    .resolves({})
    .on(QueryCommand)
    .resolves({ Items: [] });
  log.splice(0);
});

/** `b` if booking is allowed and `l` if listing is, for patients 1, 2 and an unknown one. */
async function outcomeOf(mode: AuthMode, authorizer: Authorizer): Promise<string[]> {
  return Promise.all(
    ['1', '2', 'unknown'].map(async (patientId) => {
      const booked = await book(mode, authorizer, patientId);
      const listed = await list(mode, authorizer, patientId);
      const letters = [booked, listed].map(({ status }, i) => {
        if (status === 401 || status === 403) return '-';
        expect(status).toBe(patientId === 'unknown' ? 404 : [201, 200][i]);
        return i === 0 ? 'b' : 'l';
      });
      return letters.join('');
    }),
  );
}

const NOTHING = ['--', '--', '--'];
const ALL = ['bl', 'bl', 'bl'];
const OWN = ['bl', '--', '--'];

/** The outcome for each mode and caller. */
const MATRIX: readonly [AuthMode, string, Authorizer, readonly string[]][] = [
  // mode, actor, authorizer, [patient 1, patient 2, an unknown patient]
  ['none', 'anyone', undefined, ALL],
  ['iam', 'no identity', undefined, NOTHING],
  ['iam', 'IAM principal', IAM, ALL],
  ['iam', 'IAM principal with an empty ARN', { iam: { userArn: '' } }, NOTHING],
  ['iam', 'token instead of a signature', scope('system/*.*'), NOTHING],
  ['jwt', 'no identity', undefined, NOTHING],
  ['jwt', 'empty authorizer', {}, NOTHING],
  ['jwt', 'token without claims', { jwt: {} }, NOTHING],
  ['jwt', 'IAM principal', IAM, NOTHING],
  ['jwt', 'token without scopes', jwt({ sub: 'someone', patient: '1' }), NOTHING],
  // patients
  ['jwt', 'patient, v1', scope('patient/Appointment.*', '1'), OWN],
  ['jwt', 'patient, v2', scope('patient/Appointment.cruds', '1'), OWN],
  ['jwt', 'patient, all resources', scope('patient/*.*', '1'), OWN],
  ['jwt', 'patient, read only', scope('patient/Appointment.read', '1'), ['-l', '--', '--']],
  ['jwt', 'patient, write only', scope('patient/Appointment.write', '1'), ['b-', '--', '--']],
  ['jwt', 'another patient', scope('patient/Appointment.*', '2'), ['--', 'bl', '--']],
  ['jwt', 'patient scope without a patient claim', scope('patient/Appointment.*'), NOTHING],
  ['jwt', 'patient claim is an array', scope('patient/Appointment.*', ['1']), NOTHING],
  ['jwt', 'patient claim is a number', scope('patient/Appointment.*', 1), NOTHING],
  ['jwt', 'patient claim starts with the ID', scope('patient/Appointment.*', '11'), NOTHING],
  // users and systems
  ['jwt', 'user, v1 read', scope('user/Appointment.read'), ['-l', '-l', '-l']],
  ['jwt', 'user, v2 read and search', scope('user/Appointment.rs'), ['-l', '-l', '-l']],
  ['jwt', 'user, v2 search', scope('user/Appointment.s'), ['-l', '-l', '-l']],
  ['jwt', 'user, v2 read', scope('user/Appointment.r'), NOTHING],
  ['jwt', 'user, v1 write', scope('user/Appointment.write'), ['b-', 'b-', 'b-']],
  ['jwt', 'user, v2 create', scope('user/Appointment.c'), ['b-', 'b-', 'b-']],
  ['jwt', 'user, v2 update and delete', scope('user/Appointment.ud'), NOTHING],
  ['jwt', 'system, v2', scope('system/*.cruds'), ALL],
  ['jwt', 'system, v1', scope('system/Appointment.*'), ALL],
  ['jwt', 'user with a patient claim', scope('user/Appointment.cs', '2'), ALL],
  // where scopes come from
  [
    'jwt',
    'several scopes',
    scope('openid fhirUser user/Appointment.c user/Patient.*'),
    ['b-', 'b-', 'b-'],
  ],
  ['jwt', 'two scopes combined', scope('user/Appointment.c user/Appointment.s'), ALL],
  ['jwt', 'scopes in the scp claim', jwt({ scp: 'user/Appointment.cs' }), ALL],
  ['jwt', 'scopes in an array', jwt({ scp: ['user/Appointment.c', 'user/Appointment.s'] }), ALL],
  [
    'jwt',
    'scopes in a flattened array',
    jwt({ scp: '[user/Appointment.c user/Appointment.s]' }),
    ALL,
  ],
  ['jwt', 'one scope in a flattened array', scope('[user/Appointment.cs]'), ALL],
  ['jwt', "the authorizer's scopes", jwt({}, ['user/Appointment.cs']), ALL],
  [
    'jwt',
    'scope claim takes precedence over scp',
    jwt({ scope: 'openid', scp: 'system/*.*' }, ['system/*.*']),
    NOTHING,
  ],
  ['jwt', 'empty scope claim takes precedence', jwt({ scope: '', scp: 'system/*.*' }), NOTHING],
  // malformed scopes
  ['jwt', 'scope with a query', scope('user/Appointment.cs?status=booked'), NOTHING],
  [
    'jwt',
    'query on one of two scopes',
    scope('user/Appointment.c user/Appointment.s?a=b'),
    ['b-', 'b-', 'b-'],
  ],
  ['jwt', 'letters out of order', scope('user/Appointment.sc'), NOTHING],
  ['jwt', 'repeated letter', scope('user/Appointment.ccs'), NOTHING],
  ['jwt', 'no letters', scope('user/Appointment.'), NOTHING],
  ['jwt', 'v1 and v2 mixed', scope('user/Appointment.readcs'), NOTHING],
  ['jwt', 'another resource', scope('user/AppointmentResponse.*'), NOTHING],
  ['jwt', 'wrong case', scope('User/Appointment.*'), NOTHING],
  ['jwt', 'unknown level', scope('admin/Appointment.*'), NOTHING],
  ['jwt', 'leading text', scope('xuser/Appointment.*'), NOTHING],
  ['jwt', 'trailing text', scope('user/Appointment.*,'), NOTHING],
  ['jwt', 'brackets inside the scope', scope('user/[Appointment].*'), NOTHING],
  ['jwt', 'unmatched bracket', scope('[user/Appointment.*'), NOTHING],
  ['jwt', 'scopes separated by commas', scope('openid,user/Appointment.*'), NOTHING],
  ['jwt', 'scopes separated by line breaks', scope('openid\nuser/Appointment.*'), NOTHING],
  ['jwt', 'scope claim is a number', scope(1), NOTHING],
  ['jwt', 'scope claim is an object', scope({ 'user/Appointment.*': true }), NOTHING],
  ['jwt', 'nested arrays', scope([['user/Appointment.*']]), NOTHING],
];

describe('who may do what', () => {
  it.each(MATRIX)('%s: %s', async (mode, _actor, authorizer, outcome) => {
    await expect(outcomeOf(mode, authorizer)).resolves.toEqual(outcome);
  });

  it('matches docs/access-matrix.md', async () => {
    const said = { bl: 'book, list', 'b-': 'book', '-l': 'list', '--': '-' };
    const rows = MATRIX.map(([mode, actor, authorizer, outcome]) => [
      mode,
      actor,
      authorizer === undefined ? '' : `\`${JSON.stringify(authorizer)}\``,
      ...outcome.map((letters) => said[letters as keyof typeof said]),
    ]);
    const head = ['mode', 'caller', 'authorizer', 'patient 1', 'patient 2', 'unknown patient'];
    const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    const path = join(ROOT, 'docs/access-matrix.md');
    const written = await readFile(path, 'utf8');
    const page = `${written.slice(0, written.indexOf('| mode'))}${table.join('\n')}\n`;

    if (process.env['UPDATE_DOCS'] === '1') await writeFile(path, page);
    else expect(written).toBe(page);
  });
});

describe('a rejected caller', () => {
  it('gets 401 without an identity, before any call to the store', async () => {
    for (const answer of [await book('jwt', undefined), await list('iam', undefined)]) {
      expect(answer.status).toBe(401);
      expect(answer.headers?.['Content-Type']).toBe('application/problem+json');
      expect(answer.body).toMatchObject({
        type: 'urn:problem:unauthenticated',
        title: 'Authentication required',
        detail: 'The request has no valid identity. Sign it, or send a token.',
      });
    }
    expect(store.calls()).toHaveLength(0);
  });

  it.each([
    ['jwt', 'Bearer'],
    ['iam', 'AWS4-HMAC-SHA256'],
  ] as const)('learns the authentication scheme in mode %s', async (mode, scheme) => {
    const { headers } = await list(mode, undefined);

    expect(headers?.['WWW-Authenticate']).toBe(scheme);
  });

  it('gets the same 403 for patients that exist and patients that do not, before any call to the store', async () => {
    const actor = scope('patient/Appointment.*', '2');
    const answers = [
      await book('jwt', actor, '1'),
      await book('jwt', actor, 'unknown'),
      await list('jwt', actor, '1'),
      await list('jwt', actor, 'unknown'),
    ];

    expect(answers[0]).toMatchObject({
      status: 403,
      body: {
        type: 'urn:problem:forbidden',
        title: 'Access denied',
        detail: "The token's scopes do not allow this operation for this patient.",
      },
    });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(store.calls()).toHaveLength(0);
  });

  it('is rejected before anything else in the request is checked', async () => {
    const handler = appointmentCommands(dependencies('jwt'));
    const event = bookingEvent('x'.repeat(20_000), {
      headers: {},
      pathParameters: { patient_id: '#' },
    });

    await expect(invoke(handler, event)).resolves.toMatchObject({ status: 401 });
    await expect(invoke(handler, as(scope('openid'), event))).resolves.toMatchObject({
      status: 403,
    });
  });
});

describe('a taken date', () => {
  beforeEach(() => {
    store.on(PutCommand).rejects(conditionFailed(APPOINTMENT_ITEM));
  });

  it('shows the appointment to callers who may list', async () => {
    const { status, body } = await book('jwt', scope('user/Appointment.cs'));

    expect(status).toBe(409);
    expect(body).toMatchObject({
      date: '2021-01-07',
      conflict: { appointment_id: APPOINTMENT_ITEM.appointment_id },
    });
  });

  it('does not show it to callers who may only book', async () => {
    const { status, body } = await book('jwt', scope('user/Appointment.c'));

    expect(status).toBe(409);
    expect(body).toMatchObject({ date: '2021-01-07' });
    expect(body).not.toHaveProperty('conflict');
    expect(JSON.stringify(body)).not.toContain(APPOINTMENT_ITEM.appointment_id);
  });
});
