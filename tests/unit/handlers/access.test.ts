import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import type { Appointment, IdempotencyKey } from '../../../src/domain/appointment.ts';
import type { Id } from '../../../src/domain/people.ts';
import type { Slot } from '../../../src/domain/slot.ts';
import type { AuthMode, OperationName } from '../../../src/handlers/http/access.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  type Authorizer,
  NAMES,
  OPERATIONS,
  requestFor,
  send,
  storeWith,
} from '../../support/operations.ts';
import { ALEXEI, appointment, cancelled, OTHER_ID, rescheduled } from '../../support/people.ts';
import { problem } from '../../support/responses.ts';

captureLog();

/**
 * What each operation needs: scopes with this resource and letter. A `patient/` scope is enough for the patient of the
 * token, for any path, or for none.
 */
const NEEDED: Readonly<
  Record<OperationName, { needs: readonly string[]; asPatient: 'own' | 'any' | 'none' }>
> = {
  book: { needs: ['Appointment.c'], asPatient: 'own' },
  cancel: { needs: ['Appointment.u'], asPatient: 'own' },
  reschedule: { needs: ['Appointment.u'], asPatient: 'own' },
  list: { needs: ['Appointment.s'], asPatient: 'own' },
  get: { needs: ['Appointment.r'], asPatient: 'own' },
  agenda: { needs: ['Appointment.s'], asPatient: 'none' },
  recordAttendance: { needs: ['Appointment.u'], asPatient: 'none' },
  slots: { needs: ['Slot.s'], asPatient: 'any' },
  getPatient: { needs: ['Patient.r'], asPatient: 'own' },
  putPatient: { needs: ['Patient.c', 'Patient.u'], asPatient: 'none' },
  erasePatient: { needs: ['Patient.d'], asPatient: 'none' },
  getPractitioner: { needs: ['Practitioner.r'], asPatient: 'any' },
  putPractitioner: { needs: ['Practitioner.c', 'Practitioner.u'], asPatient: 'none' },
  putSchedule: { needs: ['Schedule.u'], asPatient: 'none' },
};

/** What a caller can do for everyone, and what as a patient: resources with letters of `cruds`. */
interface Grants {
  readonly forAll?: string;
  readonly forOwn?: string;
  readonly patient?: string | null;
}
const all = (text: string): Grants => ({ forAll: text });
const own = (text: string, patient: string | null = '1'): Grants => ({ forOwn: text, patient });
const NOTHING: Grants = {};

function covers(grants: string | undefined, need: string): boolean {
  const [needed, letter = ''] = need.split('.');
  return (grants ?? '').split(' ').some((grant) => {
    const [resource, letters = ''] = grant.split('.');
    return (resource === needed || resource === '*') && letters.includes(letter);
  });
}

/** Whether the caller can do an operation for a patient, or for a practitioner if there is no patient. */
function isAllowed(name: OperationName, grants: Grants, patientId: string | undefined): boolean {
  const { needs, asPatient } = NEEDED[name];
  const isOwn = asPatient === 'any' || (asPatient === 'own' && patientId === grants.patient);
  return needs.every(
    (need) => covers(grants.forAll, need) || (isOwn && covers(grants.forOwn, need)),
  );
}

const jwt = (claims: unknown, scopes: unknown = null): Authorizer => ({ jwt: { claims, scopes } });
const scope = (text: unknown, patient?: unknown): Authorizer =>
  jwt({ sub: 'someone', scope: text, ...(patient !== undefined && { patient }) });

const IAM: Authorizer = { iam: { userArn: 'arn:aws:iam::123456789012:user/clinic' } };

/** Each caller with a token, and what it grants. */
const JWT: readonly (readonly [string, Authorizer, Grants])[] = [
  ['no identity', undefined, NOTHING],
  ['empty authorizer', {}, NOTHING],
  ['token without claims', { jwt: {} }, NOTHING],
  ['IAM principal', IAM, NOTHING],
  ['token without scopes', jwt({ sub: 'someone', patient: '1' }), NOTHING],
  // patients
  ['patient, v1', scope('patient/Appointment.*', '1'), own('Appointment.cruds')],
  ['patient, v2', scope('patient/Appointment.cruds', '1'), own('Appointment.cruds')],
  ['patient, all resources', scope('patient/*.*', '1'), own('*.cruds')],
  ['patient, read only', scope('patient/Appointment.read', '1'), own('Appointment.rs')],
  ['patient, write only', scope('patient/Appointment.write', '1'), own('Appointment.cud')],
  ['patient, v2 create and update', scope('patient/Appointment.cu', '1'), own('Appointment.cu')],
  ['patient, v2 read', scope('patient/Appointment.r', '1'), own('Appointment.r')],
  ['another patient', scope('patient/Appointment.*', '2'), own('Appointment.cruds', '2')],
  [
    'patient scope without a patient claim',
    scope('patient/Appointment.*'),
    own('Appointment.cruds', null),
  ],
  [
    'patient claim is an array',
    scope('patient/Appointment.*', ['1']),
    own('Appointment.cruds', null),
  ],
  ['patient claim is a number', scope('patient/Appointment.*', 1), own('Appointment.cruds', null)],
  [
    'patient claim starts with the ID',
    scope('patient/Appointment.*', '11'),
    own('Appointment.cruds', '11'),
  ],
  // users and systems
  ['user, v1 read', scope('user/Appointment.read'), all('Appointment.rs')],
  ['user, v2 read and search', scope('user/Appointment.rs'), all('Appointment.rs')],
  ['user, v2 search', scope('user/Appointment.s'), all('Appointment.s')],
  ['user, v2 read', scope('user/Appointment.r'), all('Appointment.r')],
  ['user, v1 write', scope('user/Appointment.write'), all('Appointment.cud')],
  ['user, v2 create', scope('user/Appointment.c'), all('Appointment.c')],
  ['user, v2 update', scope('user/Appointment.u'), all('Appointment.u')],
  ['user, v2 create and update', scope('user/Appointment.cu'), all('Appointment.cu')],
  ['user, v2 update and delete', scope('user/Appointment.ud'), all('Appointment.ud')],
  ['user, v2 delete', scope('user/Appointment.d'), all('Appointment.d')],
  ['system, v2', scope('system/*.cruds'), all('*.cruds')],
  ['system, v1', scope('system/Appointment.*'), all('Appointment.cruds')],
  ['user with a patient claim', scope('user/Appointment.cs', '2'), all('Appointment.cs')],
  // slots
  ['user, slots, v1 read', scope('user/Slot.read'), all('Slot.rs')],
  ['system, slots, v1', scope('system/Slot.*'), all('Slot.cruds')],
  ['user, slots, v2 search', scope('user/Slot.s'), all('Slot.s')],
  ['user, slots, v2 all but search', scope('user/Slot.crud'), all('Slot.crud')],
  ['user, slots, v1 write', scope('user/Slot.write'), all('Slot.cud')],
  ['user, slots with a query', scope('user/Slot.s?status=free'), NOTHING],
  ['user, all resources, v1 read', scope('user/*.read'), all('*.rs')],
  ['user, all resources, v2 read', scope('user/*.r'), all('*.r')],
  ['patient, slots', scope('patient/Slot.read', '1'), own('Slot.rs')],
  ['patient, slots without a patient claim', scope('patient/Slot.s'), own('Slot.s', null)],
  ['patient, all resources without a patient claim', scope('patient/*.*'), own('*.cruds', null)],
  [
    'patient, appointments and slots',
    scope('patient/Appointment.cs patient/Slot.s', '1'),
    own('Appointment.cs Slot.s'),
  ],
  [
    'patient, appointments, next to user, slots',
    scope('patient/Appointment.rs user/Slot.rs', '1'),
    { ...own('Appointment.rs'), ...all('Slot.rs') },
  ],
  // people and schedules
  ['user, patients, v1 read', scope('user/Patient.read'), all('Patient.rs')],
  ['user, patients, v1 write', scope('user/Patient.write'), all('Patient.cud')],
  ['system, patients, v2 create and update', scope('system/Patient.cu'), all('Patient.cu')],
  ['user, patients, v2 create', scope('user/Patient.c'), all('Patient.c')],
  ['user, patients, v2 update', scope('user/Patient.u'), all('Patient.u')],
  [
    'user, patients, v2 create and update in two scopes',
    scope('user/Patient.c system/*.u'),
    all('Patient.c *.u'),
  ],
  ['user, patients, v2 delete', scope('user/Patient.d'), all('Patient.d')],
  ['patient, patients', scope('patient/Patient.*', '1'), own('Patient.cruds')],
  ['patient, patients without a patient claim', scope('patient/Patient.r'), NOTHING],
  [
    'patient, patients, next to user, patients',
    scope('patient/Patient.u user/Patient.c', '1'),
    { ...own('Patient.u'), ...all('Patient.c') },
  ],
  ['user, practitioners, v1 read', scope('user/Practitioner.read'), all('Practitioner.rs')],
  ['user, practitioners, v1 write', scope('user/Practitioner.write'), all('Practitioner.cud')],
  ['system, practitioners, v2', scope('system/Practitioner.cru'), all('Practitioner.cru')],
  ['user, practitioners, v2 create', scope('user/Practitioner.c'), all('Practitioner.c')],
  ['patient, practitioners', scope('patient/Practitioner.*'), own('Practitioner.cruds', null)],
  ['user, schedules, v1 write', scope('user/Schedule.write'), all('Schedule.cud')],
  ['user, schedules, v2 all but update', scope('user/Schedule.crds'), all('Schedule.crds')],
  ['patient, schedules', scope('patient/Schedule.*', '1'), own('Schedule.cruds')],
  // where scopes come from
  [
    'several scopes',
    scope('openid fhirUser user/Appointment.c user/Patient.*'),
    all('Appointment.c Patient.cruds'),
  ],
  ['two scopes combined', scope('user/Appointment.c user/Appointment.s'), all('Appointment.cs')],
  ['scopes in the scp claim', jwt({ scp: 'user/Appointment.cs' }), all('Appointment.cs')],
  [
    'scopes in an array',
    jwt({ scp: ['user/Appointment.c', 'user/Appointment.s'] }),
    all('Appointment.cs'),
  ],
  [
    'scopes in a flattened array',
    jwt({ scp: '[user/Appointment.c user/Appointment.s]' }),
    all('Appointment.cs'),
  ],
  ['one scope in a flattened array', scope('[user/Appointment.cs]'), all('Appointment.cs')],
  ["the authorizer's scopes", jwt({}, ['user/Appointment.cs']), all('Appointment.cs')],
  [
    'scope claim takes precedence over scp',
    jwt({ scope: 'openid', scp: 'system/*.*' }, ['system/*.*']),
    NOTHING,
  ],
  ['empty scope claim takes precedence', jwt({ scope: '', scp: 'system/*.*' }), NOTHING],
  // malformed scopes
  ['scope with a query', scope('user/Appointment.cs?status=booked'), NOTHING],
  [
    'query on one of two scopes',
    scope('user/Appointment.c user/Appointment.s?a=b'),
    all('Appointment.c'),
  ],
  ['letters out of order', scope('user/Appointment.sc'), NOTHING],
  ['repeated letter', scope('user/Appointment.ccs'), NOTHING],
  ['no letters', scope('user/Appointment.'), NOTHING],
  ['v1 and v2 mixed', scope('user/Appointment.readcs'), NOTHING],
  ['another resource', scope('user/AppointmentResponse.*'), NOTHING],
  ['wrong case', scope('User/Appointment.*'), NOTHING],
  ['unknown level', scope('admin/Appointment.*'), NOTHING],
  ['leading text', scope('xuser/Appointment.*'), NOTHING],
  ['trailing text', scope('user/Appointment.*,'), NOTHING],
  ['brackets inside the scope', scope('user/[Appointment].*'), NOTHING],
  ['unmatched bracket', scope('[user/Appointment.*'), NOTHING],
  ['scopes separated by commas', scope('openid,user/Appointment.*'), NOTHING],
  ['scopes separated by line breaks', scope('openid\nuser/Appointment.*'), NOTHING],
  ['scope claim is a number', scope(1), NOTHING],
  ['scope claim is an object', scope({ 'user/Appointment.*': true }), NOTHING],
  ['nested arrays', scope([['user/Appointment.*']]), NOTHING],
];

/** Each caller, and what its identity grants. */
const MATRIX: readonly (readonly [AuthMode, string, Authorizer, Grants])[] = [
  ['none', 'anyone', undefined, all('*.cruds')],
  ['iam', 'no identity', undefined, NOTHING],
  ['iam', 'IAM principal', IAM, all('*.cruds')],
  ['iam', 'IAM principal with an empty ARN', { iam: { userArn: '' } }, NOTHING],
  ['iam', 'token instead of a signature', scope('system/*.*'), NOTHING],
  ...JWT.map((row) => ['jwt', ...row] as const),
];

/** Patients 1, 2, and an unknown one, or a practitioner. */
const PATIENTS = ['1', '2', 'unknown', undefined];

const isOfPatient = (name: OperationName) => 'patient_id' in OPERATIONS[name].pathParameters;
const namesFor = (patientId: string | undefined) =>
  NAMES.filter((name) => isOfPatient(name) === (patientId !== undefined));

/** Sends a request that succeeds for patients 1 and 2 if the caller is allowed to. */
async function call(
  name: OperationName,
  auth: AuthMode,
  authorizer: Authorizer,
  patient_id: string | undefined = '1',
  onScope = () => undefined,
) {
  const store = await storeWith([appointment(), appointment({ patientId: '2' as Id })]);
  store.patients.set('2' as Id, { ...ALEXEI, patientId: '2' as Id });
  const usual = OPERATIONS[name].pathParameters;
  const pathParameters = { ...usual, ...(isOfPatient(name) && { patient_id }) };
  return send(requestFor(name, { authorizer, pathParameters }), store, { auth, onScope });
}

describe('who may do what', () => {
  it.each(MATRIX)('%s: %s', async (mode, _actor, authorizer, grants) => {
    const outcomes: unknown[] = [];
    const expected: unknown[] = [];
    for (const patientId of PATIENTS) {
      for (const name of namesFor(patientId)) {
        const { status: got } = await call(name, mode, authorizer, patientId);
        const isRejected = got === 401 || got === 403;
        outcomes.push([name, patientId, isRejected ? 'rejected' : got]);
        const { success, unknown } = OPERATIONS[name];
        const ofUnknown = unknown === 201 ? 201 : 404;
        const allowed = isAllowed(name, grants, patientId);
        const status = patientId === 'unknown' ? ofUnknown : success;
        expected.push([name, patientId, allowed ? status : 'rejected']);
      }
    }
    expect(outcomes).toEqual(expected);
  });

  it('matches docs/access-matrix.md', async () => {
    const rows = MATRIX.map(([mode, actor, authorizer, grants]) => [
      mode,
      actor,
      authorizer === undefined ? '' : `\`${JSON.stringify(authorizer)}\``,
      ...PATIENTS.map((patientId) => {
        const names = namesFor(patientId);
        const allowed = names.filter((name) => isAllowed(name, grants, patientId));
        return allowed.length === names.length ? 'all' : allowed.join(', ') || '-';
      }),
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

function fail(): never {
  throw new Error('the request got repositories');
}

describe('a rejected caller', () => {
  it.each<[AuthMode, string]>([
    ['jwt', 'Bearer'],
    ['iam', 'AWS4-HMAC-SHA256'],
  ])('gets 401 and the scheme in mode %s, before any call to the store', async (mode, scheme) => {
    const { headers, ...unauthenticated } = problem(401, 'unauthenticated');
    for (const name of NAMES) {
      await expect(call(name, mode, undefined, '1', fail)).resolves.toEqual({
        ...unauthenticated,
        headers: { ...headers, 'WWW-Authenticate': scheme },
      });
    }
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
    await expect(call('list', mode, authorizer)).resolves.toMatchObject({ status: 401 });
  });

  it('gets the same 403 for patients that exist and patients that do not, before any call to the store', async () => {
    const other = scope('patient/Appointment.*', '3');
    for (const name of NAMES) {
      for (const patientId of PATIENTS) {
        await expect(call(name, 'jwt', other, patientId, fail)).resolves.toEqual(
          problem(403, 'forbidden'),
        );
      }
    }
  });

  it.each(['openid [user/Appointment.s]', '[user/Appointment.s] openid'])(
    'gets 403 for brackets around some of its scopes: %s',
    async (text) => {
      await expect(call('list', 'jwt', scope(text))).resolves.toMatchObject({ status: 403 });
    },
  );

  it('gets 403 for a route without a patient if its scopes are for one patient', async () => {
    const authorizer = scope('patient/Appointment.s');
    const { pathParameters: _, ...event } = requestFor('list', { authorizer });

    await expect(send(event, await storeWith(), { auth: 'jwt' })).resolves.toMatchObject({
      status: 403,
    });
  });

  it('is rejected before anything else in the request is checked', async () => {
    const wrong = { body: 'x'.repeat(20_000), headers: {}, pathParameters: { patient_id: '#' } };
    const answers = [undefined, scope('openid')].map(async (authorizer) =>
      send(requestFor('book', { ...wrong, authorizer }), await storeWith(), { auth: 'jwt' }),
    );

    expect(await Promise.all(answers)).toMatchObject([{ status: 401 }, { status: 403 }]);
  });
});

describe('the appointment that a request conflicts with', () => {
  const key = 'a key' as IdempotencyKey;
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const other = { appointmentId: OTHER_ID, slot: '2021-01-08T00:00:00Z' as Slot };
  const body = { practitioner_id: 1, start_time: '2021-01-07 00:00:00' };

  const conflicts: [OperationName, string, Appointment[], object?][] = [
    ['book', 'patient-day-taken', [appointment()], { body }],
    ['book', 'appointment-cancelled', [cancelled({ idempotencyKey: key })], { body, headers }],
    ['cancel', 'appointment-rescheduled', [rescheduled()]],
    ['reschedule', 'appointment-cancelled', [cancelled()]],
    ['reschedule', 'appointment-rescheduled', [rescheduled()]],
    ['reschedule', 'patient-day-taken', [appointment(), appointment(other)]],
    ['recordAttendance', 'appointment-cancelled', [cancelled()]],
  ];

  describe.each(conflicts)('%s: %s', (name, code, stored, changes) => {
    const write = name === 'book' ? 'user/Appointment.c' : 'user/Appointment.u';
    const conflictFor = async (text: string, patient: string) => {
      const event = requestFor(name, { ...changes, authorizer: scope(text, patient) });
      const { status, body } = await send(event, await storeWith(stored), { auth: 'jwt' });
      expect([status, body]).toMatchObject([409, { type: `urn:problem:${code}` }]);
      return body;
    };

    it.each([
      ['get', `${write} user/Appointment.r`],
      ['list', `${write} user/Appointment.s`],
      ['list as this patient', `${write} patient/Appointment.s`],
    ])('is shown to callers who may also %s', async (_read, text) => {
      expect(await conflictFor(text, '1')).toMatchObject({
        conflict: { patient_last_name: ALEXEI.lastName },
      });
    });

    it.each([
      ['only write', write],
      ['also read as another patient', `${write} patient/Appointment.rs`],
    ])('is not shown to callers who may %s', async (_read, text) => {
      const problem = await conflictFor(text, '2');

      expect(problem).not.toHaveProperty('conflict');
      expect(JSON.stringify(problem)).not.toMatch(/[0-9a-f]{8}-|Isac/);
    });
  });
});
