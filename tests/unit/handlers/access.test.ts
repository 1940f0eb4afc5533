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

async function create(mode: AuthMode, authorizer: Authorizer, patientId = '1') {
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

/** `c` where creating is allowed, `l` where listing is, for the patients 1, 2 and unknown. */
async function outcomeOf(mode: AuthMode, authorizer: Authorizer): Promise<string[]> {
  return Promise.all(
    ['1', '2', 'unknown'].map(async (patientId) => {
      const created = await create(mode, authorizer, patientId);
      const listed = await list(mode, authorizer, patientId);
      const letters = [created, listed].map(({ status }, i) => {
        if (status === 401 || status === 403) return '-';
        expect(status).toBe(patientId === 'unknown' ? 404 : [201, 200][i]);
        return i === 0 ? 'c' : 'l';
      });
      return letters.join('');
    }),
  );
}

const NOTHING = ['--', '--', '--'];
const ALL = ['cl', 'cl', 'cl'];
const OWN = ['cl', '--', '--'];

/** Mode, actor, what the authorizer says, and the outcome for patient 1, patient 2 and an unknown patient. */
const MATRIX: readonly [AuthMode, string, Authorizer, readonly string[]][] = [
  // mode, actor, authorizer, [patient 1, patient 2, an unknown patient]
  ['none', 'anyone', undefined, ALL],
  ['iam', 'nobody', undefined, NOTHING],
  ['iam', 'a principal', IAM, ALL],
  ['iam', 'a principal without a name', { iam: { userArn: '' } }, NOTHING],
  ['iam', 'a token', scope('system/*.*'), NOTHING],
  ['jwt', 'nobody', undefined, NOTHING],
  ['jwt', 'an authorizer that says nothing', {}, NOTHING],
  ['jwt', 'a token without claims', { jwt: {} }, NOTHING],
  ['jwt', 'a principal', IAM, NOTHING],
  ['jwt', 'a token without scopes', jwt({ sub: 'someone', patient: '1' }), NOTHING],
  // patients
  ['jwt', 'the patient', scope('patient/Appointment.*', '1'), OWN],
  ['jwt', 'the patient, v2', scope('patient/Appointment.cruds', '1'), OWN],
  ['jwt', 'the patient, all resources', scope('patient/*.*', '1'), OWN],
  ['jwt', 'the patient, reading', scope('patient/Appointment.read', '1'), ['-l', '--', '--']],
  ['jwt', 'the patient, writing', scope('patient/Appointment.write', '1'), ['c-', '--', '--']],
  ['jwt', 'another patient', scope('patient/Appointment.*', '2'), ['--', 'cl', '--']],
  ['jwt', 'a patient of no name', scope('patient/Appointment.*'), NOTHING],
  ['jwt', 'a patient whose claim is a list', scope('patient/Appointment.*', ['1']), NOTHING],
  ['jwt', 'a patient whose claim is a number', scope('patient/Appointment.*', 1), NOTHING],
  ['jwt', 'a patient of a longer name', scope('patient/Appointment.*', '11'), NOTHING],
  // users and systems
  ['jwt', 'a user who reads', scope('user/Appointment.read'), ['-l', '-l', '-l']],
  ['jwt', 'a user who reads, v2', scope('user/Appointment.rs'), ['-l', '-l', '-l']],
  ['jwt', 'a user who searches', scope('user/Appointment.s'), ['-l', '-l', '-l']],
  ['jwt', 'a user who reads one by one', scope('user/Appointment.r'), NOTHING],
  ['jwt', 'a user who writes', scope('user/Appointment.write'), ['c-', 'c-', 'c-']],
  ['jwt', 'a user who only creates', scope('user/Appointment.c'), ['c-', 'c-', 'c-']],
  ['jwt', 'a user who updates and deletes', scope('user/Appointment.ud'), NOTHING],
  ['jwt', 'a system', scope('system/*.cruds'), ALL],
  ['jwt', 'a system, v1', scope('system/Appointment.*'), ALL],
  ['jwt', 'a user with a patient', scope('user/Appointment.cs', '2'), ALL],
  // where scopes stand
  [
    'jwt',
    'several scopes',
    scope('openid fhirUser user/Appointment.c user/Patient.*'),
    ['c-', 'c-', 'c-'],
  ],
  ['jwt', 'scopes that add up', scope('user/Appointment.c user/Appointment.s'), ALL],
  ['jwt', 'scopes in scp', jwt({ scp: 'user/Appointment.cs' }), ALL],
  ['jwt', 'an array', jwt({ scp: ['user/Appointment.c', 'user/Appointment.s'] }), ALL],
  ['jwt', 'a flattened array', jwt({ scp: '[user/Appointment.c user/Appointment.s]' }), ALL],
  ['jwt', 'a flattened array of one', scope('[user/Appointment.cs]'), ALL],
  ['jwt', "the authorizer's scopes", jwt({}, ['user/Appointment.cs']), ALL],
  ['jwt', 'scope before scp', jwt({ scope: 'openid', scp: 'system/*.*' }, ['system/*.*']), NOTHING],
  ['jwt', 'an empty scope before all', jwt({ scope: '', scp: 'system/*.*' }), NOTHING],
  // malformed scopes
  ['jwt', 'a query', scope('user/Appointment.cs?status=booked'), NOTHING],
  [
    'jwt',
    'a query on one of two',
    scope('user/Appointment.c user/Appointment.s?a=b'),
    ['c-', 'c-', 'c-'],
  ],
  ['jwt', 'letters in another order', scope('user/Appointment.sc'), NOTHING],
  ['jwt', 'a letter twice', scope('user/Appointment.ccs'), NOTHING],
  ['jwt', 'no letters', scope('user/Appointment.'), NOTHING],
  ['jwt', 'v1 and v2 in one', scope('user/Appointment.readcs'), NOTHING],
  ['jwt', 'another resource', scope('user/AppointmentResponse.*'), NOTHING],
  ['jwt', 'another case', scope('User/Appointment.*'), NOTHING],
  ['jwt', 'another level', scope('admin/Appointment.*'), NOTHING],
  ['jwt', 'text before', scope('xuser/Appointment.*'), NOTHING],
  ['jwt', 'text behind', scope('user/Appointment.*,'), NOTHING],
  ['jwt', 'brackets inside', scope('user/[Appointment].*'), NOTHING],
  ['jwt', 'half a bracket', scope('[user/Appointment.*'), NOTHING],
  ['jwt', 'commas', scope('openid,user/Appointment.*'), NOTHING],
  ['jwt', 'line breaks', scope('openid\nuser/Appointment.*'), NOTHING],
  ['jwt', 'a number', scope(1), NOTHING],
  ['jwt', 'an object', scope({ 'user/Appointment.*': true }), NOTHING],
  ['jwt', 'arrays of arrays', scope([['user/Appointment.*']]), NOTHING],
];

describe('who may do what', () => {
  it.each(MATRIX)('%s: %s', async (mode, _actor, authorizer, outcome) => {
    await expect(outcomeOf(mode, authorizer)).resolves.toEqual(outcome);
  });

  it('is what docs/access-matrix.md shows', async () => {
    const said = { cl: 'create, list', 'c-': 'create', '-l': 'list', '--': '-' };
    const rows = MATRIX.map(([mode, actor, authorizer, outcome]) => [
      mode,
      actor,
      authorizer === undefined ? '' : `\`${JSON.stringify(authorizer)}\``,
      ...outcome.map((letters) => said[letters as keyof typeof said]),
    ]);
    const head = ['mode', 'actor', 'authorizer', 'patient 1', 'patient 2', 'unknown patient'];
    const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    const path = join(ROOT, 'docs/access-matrix.md');
    const written = await readFile(path, 'utf8');
    const page = `${written.slice(0, written.indexOf('| mode'))}${table.join('\n')}\n`;

    if (process.env['UPDATE_DOCS'] === '1') await writeFile(path, page);
    else expect(written).toBe(page);
  });
});

describe('a refusal', () => {
  it('is 401 where there is no identity, and asks the store for nothing', async () => {
    for (const answer of [await create('jwt', undefined), await list('iam', undefined)]) {
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
  ] as const)('names the scheme to authenticate with in mode %s', async (mode, scheme) => {
    const { headers } = await list(mode, undefined);

    expect(headers?.['WWW-Authenticate']).toBe(scheme);
  });

  it('is the same 403 for patients who exist and who do not, and asks the store for nothing', async () => {
    const actor = scope('patient/Appointment.*', '2');
    const answers = [
      await create('jwt', actor, '1'),
      await create('jwt', actor, 'unknown'),
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

  it('comes before everything else that is wrong with the request', async () => {
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

  it('shows the appointment to who may list', async () => {
    const { status, body } = await create('jwt', scope('user/Appointment.cs'));

    expect(status).toBe(409);
    expect(body).toMatchObject({
      date: '2021-01-07',
      conflict: { appointment_id: APPOINTMENT_ITEM.appointment_id },
    });
  });

  it('does not show it to who may only create', async () => {
    const { status, body } = await create('jwt', scope('user/Appointment.c'));

    expect(status).toBe(409);
    expect(body).toMatchObject({ date: '2021-01-07' });
    expect(body).not.toHaveProperty('conflict');
    expect(JSON.stringify(body)).not.toContain(APPOINTMENT_ITEM.appointment_id);
  });
});
