import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connect } from '../../../src/handlers/environment.ts';
import type { AuthMode, OperationName } from '../../../src/handlers/http/access.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  agendaEvent,
  bookingEvent,
  commandEvent,
  gettingEvent,
  httpEvent,
  invoke,
  slotsEvent,
} from '../../support/http-event.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  BOB_ITEM,
  CANCELLED,
  ID,
  OTHER_ID,
  RESCHEDULED,
} from '../../support/people.ts';
import { conditionFailed, transactionCanceled } from '../../support/store-errors.ts';
import { answerReads } from '../../support/store-reads.ts';

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

const RESCHEDULE = { appointment_id: ID, start_time: '2021-01-08 00:00:00' };

/** A request for each operation, the status of its success, and the letter that stands for it below. */
const OPERATIONS: Record<OperationName, [APIGatewayProxyEventV2, number, string]> = {
  book: [bookingEvent(), 201, 'b'],
  cancel: [commandEvent('cancel', { appointment_id: ID }), 200, 'c'],
  reschedule: [commandEvent('reschedule', RESCHEDULE), 201, 'r'],
  list: [httpEvent(), 200, 'l'],
  get: [gettingEvent(), 200, 'g'],
  agenda: [agendaEvent(), 200, 'a'],
  slots: [slotsEvent(), 200, 's'],
};
const NAMES = Object.keys(OPERATIONS) as OperationName[];
const isOfPatient = (name: OperationName) =>
  'patient_id' in (OPERATIONS[name][0].pathParameters ?? {});

async function call(name: OperationName, auth: AuthMode, authorizer: Authorizer, patient_id = '1') {
  const dependencies = connect(
    { auth, tableName: 'table', doubleBooking: 'allow' },
    createRepositories,
  );
  const [event] = OPERATIONS[name];
  const handler = event.routeKey.startsWith('POST ')
    ? appointmentCommands(dependencies)
    : appointmentQueries(dependencies);
  const pathParameters = { ...event.pathParameters, ...(isOfPatient(name) && { patient_id }) };
  return invoke(handler, as(authorizer, { ...event, pathParameters }));
}

/** Makes the store hold people, and an appointment on every date. */
function storeHoldsDay(appointment: Item): void {
  answerReads(store, ({ PK, SK }) => {
    if (PK === 'PATIENT#unknown') return undefined;
    if (SK !== 'PROFILE') return appointment;
    return PK.startsWith('PATIENT#') ? ALEXEI_ITEM : BOB_ITEM;
  });
}

beforeEach(() => {
  store.reset();
  storeHoldsDay(APPOINTMENT_ITEM);
  store
    .on(UpdateCommand)
    .resolves({})
    .on(TransactWriteCommand)
    .resolves({})
    .on(PutCommand)
    .resolves({})
    .on(QueryCommand)
    .resolves({ Items: [] });
  log.splice(0);
});

/** The letters of what is allowed, for patients 1, 2 and an unknown one, and for a practitioner. */
async function outcomeOf(mode: AuthMode, authorizer: Authorizer): Promise<string[]> {
  return Promise.all(
    ['1', '2', 'unknown', undefined].map(async (patientId) => {
      let letters = '';
      for (const name of NAMES.filter((each) => isOfPatient(each) === (patientId !== undefined))) {
        const [, success, letter] = OPERATIONS[name];
        const { status } = await call(name, mode, authorizer, patientId);
        const isAllowed = status !== 401 && status !== 403;
        if (isAllowed) expect(status).toBe(patientId === 'unknown' ? 404 : success);
        letters += isAllowed ? letter : '-';
      }
      return letters;
    }),
  );
}

/** The same outcome for each patient. */
const each = (letters: string, practitioner = '--') => [letters, letters, letters, practitioner];
/** An outcome for patient 1, and nothing for others. */
const own = (letters: string, practitioner = '--') => [letters, '-----', '-----', practitioner];

const NOTHING = each('-----');
const ALL = each('bcrlg', 'as');
const OWN = own('bcrlg');
const SLOTS = each('-----', '-s');

/** The outcome for each mode and caller. */
const MATRIX: readonly [AuthMode, string, Authorizer, readonly string[]][] = [
  // mode, actor, authorizer, [patient 1, patient 2, an unknown patient]: book, cancel, reschedule, list, get; practitioner: agenda, slots
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
  ['jwt', 'patient, all resources', scope('patient/*.*', '1'), own('bcrlg', '-s')],
  ['jwt', 'patient, read only', scope('patient/Appointment.read', '1'), own('---lg')],
  ['jwt', 'patient, write only', scope('patient/Appointment.write', '1'), own('bcr--')],
  ['jwt', 'patient, v2 create and update', scope('patient/Appointment.cu', '1'), own('bcr--')],
  ['jwt', 'patient, v2 read', scope('patient/Appointment.r', '1'), own('----g')],
  [
    'jwt',
    'another patient',
    scope('patient/Appointment.*', '2'),
    ['-----', 'bcrlg', '-----', '--'],
  ],
  ['jwt', 'patient scope without a patient claim', scope('patient/Appointment.*'), NOTHING],
  ['jwt', 'patient claim is an array', scope('patient/Appointment.*', ['1']), NOTHING],
  ['jwt', 'patient claim is a number', scope('patient/Appointment.*', 1), NOTHING],
  ['jwt', 'patient claim starts with the ID', scope('patient/Appointment.*', '11'), NOTHING],
  // users and systems
  ['jwt', 'user, v1 read', scope('user/Appointment.read'), each('---lg', 'a-')],
  ['jwt', 'user, v2 read and search', scope('user/Appointment.rs'), each('---lg', 'a-')],
  ['jwt', 'user, v2 search', scope('user/Appointment.s'), each('---l-', 'a-')],
  ['jwt', 'user, v2 read', scope('user/Appointment.r'), each('----g')],
  ['jwt', 'user, v1 write', scope('user/Appointment.write'), each('bcr--')],
  ['jwt', 'user, v2 create', scope('user/Appointment.c'), each('b----')],
  ['jwt', 'user, v2 update', scope('user/Appointment.u'), each('-cr--')],
  ['jwt', 'user, v2 create and update', scope('user/Appointment.cu'), each('bcr--')],
  ['jwt', 'user, v2 update and delete', scope('user/Appointment.ud'), each('-cr--')],
  ['jwt', 'user, v2 delete', scope('user/Appointment.d'), NOTHING],
  ['jwt', 'system, v2', scope('system/*.cruds'), ALL],
  ['jwt', 'system, v1', scope('system/Appointment.*'), each('bcrlg', 'a-')],
  ['jwt', 'user with a patient claim', scope('user/Appointment.cs', '2'), each('b--l-', 'a-')],
  // slots
  ['jwt', 'user, slots, v1 read', scope('user/Slot.read'), SLOTS],
  ['jwt', 'system, slots, v1', scope('system/Slot.*'), SLOTS],
  ['jwt', 'user, slots, v2 search', scope('user/Slot.s'), SLOTS],
  ['jwt', 'user, slots, v2 all but search', scope('user/Slot.crud'), NOTHING],
  ['jwt', 'user, slots, v1 write', scope('user/Slot.write'), NOTHING],
  ['jwt', 'user, slots with a query', scope('user/Slot.s?status=free'), NOTHING],
  ['jwt', 'user, all resources, v1 read', scope('user/*.read'), each('---lg', 'as')],
  ['jwt', 'user, all resources, v2 read', scope('user/*.r'), each('----g')],
  ['jwt', 'patient, slots', scope('patient/Slot.read', '1'), SLOTS],
  ['jwt', 'patient, slots without a patient claim', scope('patient/Slot.s'), SLOTS],
  ['jwt', 'patient, all resources without a patient claim', scope('patient/*.*'), SLOTS],
  [
    'jwt',
    'patient, appointments and slots',
    scope('patient/Appointment.cs patient/Slot.s', '1'),
    own('b--l-', '-s'),
  ],
  [
    'jwt',
    'patient, appointments, next to user, slots',
    scope('patient/Appointment.rs user/Slot.rs', '1'),
    own('---lg', '-s'),
  ],
  // where scopes come from
  [
    'jwt',
    'several scopes',
    scope('openid fhirUser user/Appointment.c user/Patient.*'),
    each('b----'),
  ],
  [
    'jwt',
    'two scopes combined',
    scope('user/Appointment.c user/Appointment.s'),
    each('b--l-', 'a-'),
  ],
  ['jwt', 'scopes in the scp claim', jwt({ scp: 'user/Appointment.cs' }), each('b--l-', 'a-')],
  [
    'jwt',
    'scopes in an array',
    jwt({ scp: ['user/Appointment.c', 'user/Appointment.s'] }),
    each('b--l-', 'a-'),
  ],
  [
    'jwt',
    'scopes in a flattened array',
    jwt({ scp: '[user/Appointment.c user/Appointment.s]' }),
    each('b--l-', 'a-'),
  ],
  ['jwt', 'one scope in a flattened array', scope('[user/Appointment.cs]'), each('b--l-', 'a-')],
  ['jwt', "the authorizer's scopes", jwt({}, ['user/Appointment.cs']), each('b--l-', 'a-')],
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
    each('b----'),
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
    const said = (letters: string) =>
      letters === 'bcrlg'
        ? 'all'
        : NAMES.filter((name) => letters.includes(OPERATIONS[name][2])).join(', ') || '-';
    const rows = MATRIX.map(([mode, actor, authorizer, outcome]) => [
      mode,
      actor,
      authorizer === undefined ? '' : `\`${JSON.stringify(authorizer)}\``,
      ...outcome.map(said),
    ]);
    const patients = ['patient 1', 'patient 2', 'unknown patient'];
    const head = ['mode', 'caller', 'authorizer', ...patients, 'practitioner'];
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
    for (const name of NAMES) {
      const answer = await call(name, name === 'list' ? 'iam' : 'jwt', undefined);
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

  it.each<[string, AuthMode, Authorizer]>([
    ['an empty ARN', 'iam', { iam: { userArn: '' } }],
    ['an ARN that is not text', 'iam', { iam: { userArn: 1 } }],
    ['an IAM identity that is null', 'iam', { iam: null }],
    ['no claims', 'jwt', { jwt: {} }],
    ['claims that are null', 'jwt', jwt(null)],
    ['claims that are text', 'jwt', jwt('user/Appointment.*')],
    ['claims that are a list', 'jwt', jwt([])],
  ])('gets 401 for %s', async (_name, mode, authorizer) => {
    expect((await call('list', mode, authorizer)).status).toBe(401);
  });

  it.each([
    ['jwt', 'Bearer'],
    ['iam', 'AWS4-HMAC-SHA256'],
  ] as const)('learns the authentication scheme in mode %s', async (mode, scheme) => {
    const { headers } = await call('list', mode, undefined);

    expect(headers?.['WWW-Authenticate']).toBe(scheme);
  });

  it('gets the same 403 for patients that exist and patients that do not, before any call to the store', async () => {
    const actor = scope('patient/Appointment.*', '2');
    const answers = [];
    for (const name of NAMES) {
      answers.push(await call(name, 'jwt', actor, '1'), await call(name, 'jwt', actor, 'unknown'));
    }

    expect(answers[0]).toMatchObject({
      status: 403,
      body: {
        type: 'urn:problem:forbidden',
        title: 'Access denied',
        detail: "The token's scopes do not allow this request.",
      },
    });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(store.calls()).toHaveLength(0);
  });

  it.each(['openid [user/Appointment.s]', '[user/Appointment.s] openid'])(
    'gets 403 for brackets around some of its scopes: %s',
    async (text) => {
      await expect(call('list', 'jwt', scope(text))).resolves.toMatchObject({ status: 403 });
    },
  );

  it('gets 403 for a route without a patient if its scopes are for one patient', async () => {
    const handler = appointmentQueries(
      connect({ auth: 'jwt', tableName: 'table', doubleBooking: 'allow' }, createRepositories),
    );
    const { pathParameters: _patient, ...event } = httpEvent();

    await expect(invoke(handler, as(scope('patient/Appointment.s'), event))).resolves.toMatchObject(
      { status: 403 },
    );
  });

  it('is rejected before anything else in the request is checked', async () => {
    const dependencies = connect(
      { auth: 'jwt', tableName: 'table', doubleBooking: 'allow' },
      createRepositories,
    );
    const handler = appointmentCommands(dependencies);
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

describe('the appointment that a request conflicts with', () => {
  const HOLDER = { ...APPOINTMENT_ITEM, appointment_id: OTHER_ID };
  const KEPT = { ...APPOINTMENT_ITEM, ...CANCELLED };
  const MOVED = { ...APPOINTMENT_ITEM, ...RESCHEDULED };

  const conflicts: [OperationName, string, () => unknown][] = [
    ['book', 'patient-day-taken', () => store.on(PutCommand).rejects(conditionFailed(HOLDER))],
    [
      'book',
      'appointment-cancelled',
      () =>
        store.on(PutCommand).callsFake(({ Item }: { Item: object }) => {
          throw conditionFailed({ ...Item, ...CANCELLED });
        }),
    ],
    [
      'cancel',
      'appointment-rescheduled',
      () => {
        storeHoldsDay(MOVED);
      },
    ],
    [
      'reschedule',
      'appointment-cancelled',
      () => {
        storeHoldsDay(KEPT);
      },
    ],
    [
      'reschedule',
      'appointment-rescheduled',
      () => {
        storeHoldsDay(MOVED);
      },
    ],
    [
      'reschedule',
      'patient-day-taken',
      () => store.on(TransactWriteCommand).rejects(transactionCanceled(null, HOLDER)),
    ],
  ];

  describe.each(conflicts)('%s: %s', (name, code, makeConflict) => {
    const write = name === 'book' ? 'user/Appointment.c' : 'user/Appointment.u';

    it.each([
      ['get', `${write} user/Appointment.r`],
      ['list', `${write} user/Appointment.s`],
      ['list as this patient', `${write} patient/Appointment.s`],
    ])('is shown to callers who may also %s', async (_read, text) => {
      makeConflict();

      const { status, body } = await call(name, 'jwt', scope(text, '1'));

      expect([status, body]).toMatchObject([409, { type: `urn:problem:${code}` }]);
      expect(body).toMatchObject({ conflict: { patient_last_name: ALEXEI_ITEM.last_name } });
    });

    it.each([
      ['only write', write],
      ['also read as another patient', `${write} patient/Appointment.rs`],
    ])('is not shown to callers who may %s', async (_read, text) => {
      makeConflict();

      const { status, body } = await call(name, 'jwt', scope(text, '2'));

      expect([status, body]).toMatchObject([409, { type: `urn:problem:${code}` }]);
      expect(body).not.toHaveProperty('conflict');
      expect(JSON.stringify(body)).not.toMatch(/[0-9a-f]{8}-|Isac/);
    });
  });
});
