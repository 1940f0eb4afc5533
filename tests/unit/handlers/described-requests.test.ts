import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AppointmentId } from '../../../src/domain/appointment.ts';
import type { Id } from '../../../src/domain/people.ts';
import { ALWAYS_OPEN } from '../../../src/domain/schedule.ts';
import type { Slot } from '../../../src/domain/slot.ts';
import { DESCRIPTION } from '../../support/api-description.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  allowedRequests,
  forbiddenRequests,
  type Request,
  ROUTES,
} from '../../support/described-requests.ts';
import { type Answer, requestTo } from '../../support/http-event.ts';
import { send, storeWith } from '../../support/operations.ts';
import { ALEXEI, appointment, BOB, ID } from '../../support/people.ts';

const RUNS = { numRuns: 300 };

captureLog();

const IS_VERSION_4 = /^.{14}4.{4}[89ab]/;

/**
 * A store that holds the people and the appointment that a request names, so only the form of the request can be wrong.
 * Ids that the service cannot have given to an appointment do not exist.
 */
async function storeFor({ path, query, body }: Request) {
  const {
    patient_id = '1',
    practitioner_id = '1',
    appointment_id = ID,
  } = {
    ...path,
    ...(body as object),
  } as Record<string, unknown>;
  const patientId = String(patient_id) as Id;
  const practitioner = { ...BOB, practitionerId: String(practitioner_id) as Id };
  const appointmentId = String(appointment_id).toLowerCase() as AppointmentId;
  const date = path['date'] ?? query['from'] ?? query['to'];
  const slot = `${date ?? '2021-01-07'}T00:00:00Z` as Slot;
  const isGiven = date !== undefined && IS_VERSION_4.test(appointmentId);
  const store = await storeWith(
    isGiven ? [appointment({ patientId, practitioner, appointmentId, slot })] : [],
  );
  store.patients.set(patientId, { ...ALEXEI, patientId });
  store.practitioners.set(practitioner.practitionerId, { ...practitioner, schedule: ALWAYS_OPEN });
  return store;
}

async function answerTo(route: string, request: Request): Promise<Answer> {
  return send(requestTo(route, request), await storeFor(request));
}

/** What a JSON Schema cannot express: the faults, and their names in the description. */
const EXCEPTED: readonly [place: string, detail: RegExp, named: string][] = [
  ['/start_time', /^must be a date that exists$/, 'a date does not exist'],
  ['/end_time', /^must be a date that exists$/, 'a date does not exist'],
  [
    '/end_time',
    /^must be 30 minutes after start_time$/,
    '`end_time` is not `start_time` plus 30 minutes',
  ],
  ['/start_time', /^must not be after 9999-12-31T23:00:00Z/, 'would not end before the year 10000'],
  ['from', /^must not be after "to"$/, '`from` is after `to`'],
  [
    'to',
    /^must be at most 30 days after "from"$/,
    '`to` is more than 30 days after `from` for slots',
  ],
  ['after', /^must be a date that exists$/, 'a date does not exist'],
  ['/first_name', /^must be 1 to 100 characters/, 'more than 100 characters in Unicode form NFC'],
  ['/last_name', /^must be 1 to 100 characters/, 'more than 100 characters in Unicode form NFC'],
  ['/hours/*/*/to', /^must be after "from"$/, 'a range of a schedule does not end after it starts'],
  ['/hours/*/*', /^must not overlap another range of the day$/, 'ranges of a day overlap'],
  [
    '/time_off/*/to',
    /^must be after "from"$/,
    'a range of a schedule does not end after it starts',
  ],
  ['/time_off/*/to', /^must be a date that exists$/, 'a date does not exist'],
  ['/time_off/*/from', /^must be a date that exists$/, 'a date does not exist'],
  ['after', /^must be the "after" of a link to the next page$/, 'a date does not exist'],
];

/** The days and positions in a pointer. */
const ITEMS = /\/(?:\d+|sun|mon|tue|wed|thu|fri|sat)(?=\/|$)/g;

interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

function notExcepted({ body }: Answer): Fault[] {
  return (body as { errors: Fault[] }).errors.filter(
    ({ pointer, parameter, header, detail }) =>
      !EXCEPTED.some(
        ([place, fault]) =>
          place === (pointer?.replace(ITEMS, '/*') ?? parameter ?? header) && fault.test(detail),
      ),
  );
}

/** The appointments or slots of an answer that are not on the requested dates. */
function outOfRange({ query }: Request, { body }: Answer) {
  const { from = '1900-01-01', to = '9999-12-31' } = query;
  return [body].flat().filter((one) => {
    const { start_time = from } = (one ?? {}) as { start_time?: string };
    return start_time < from || start_time.slice(0, 10) > to;
  });
}

describe.each(ROUTES)('%s', (route) => {
  it('accepts every request that the description allows', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(allowedRequests(route), async (request) => {
        const answer = await answerTo(route, request);
        if (answer.status !== undefined && answer.status < 300) {
          taken += 1;
          expect(outOfRange(request, answer)).toEqual([]);
        } else if (answer.status !== 404) {
          expect(answer).toMatchObject({ status: 400 });
          expect(notExcepted(answer)).toEqual([]);
        }
      }),
      RUNS,
    );
    expect(taken).toBeGreaterThan(RUNS.numRuns / 4);
  });

  it('rejects every request that the description forbids', async () => {
    await fc.assert(
      fc.asyncProperty(forbiddenRequests(route), async (request) => {
        const { status } = await answerTo(route, request);
        expect(status).toBe(400);
      }),
      RUNS,
    );
  });
});

describe('the description', () => {
  it.each(EXCEPTED)('names the exception for %s: %s', (_place, _fault, named) => {
    expect(DESCRIPTION.info.description).toContain(named);
  });
});
