import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Appointment, hasEnded } from '../../src/domain/appointment.ts';
import type { Id } from '../../src/domain/people.ts';
import type { PractitionerDoubleBooking, Repositories } from '../../src/domain/ports.ts';
import { ALWAYS_OPEN } from '../../src/domain/schedule.ts';
import { slotDate } from '../../src/domain/slot.ts';
import { appointmentCommands } from '../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../src/handlers/appointment-queries.ts';
import type { AuthMode, OperationName } from '../../src/handlers/http/access.ts';
import type { ProblemCode } from '../../src/handlers/http/problems.ts';
import type { RequestScope } from '../../src/repositories/store.ts';
import { type Answer, bookingEvent, httpEvent, invoke } from './http-event.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { ALEXEI, BOB, ID } from './people.ts';

/** What a request has, and what becomes of it. */
interface Operation {
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** The status if the store holds Alexei's appointment of 2021-01-07. */
  readonly success: 200 | 201 | 204;
  /** The problem if nobody has the id in its path, or the status if that is a success. */
  readonly unknown: ProblemCode | 201;
}

const ofPatient = {
  pathParameters: { patient_id: '1' },
  unknown: 'patient-not-found',
} as const;
const ofDate = { ...ofPatient, pathParameters: { patient_id: '1', date: '2021-01-07' } } as const;
const ofPractitioner = {
  pathParameters: { practitioner_id: '1' },
  unknown: 'practitioner-not-found',
} as const;

/** Every operation. */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  book: {
    ...ofPatient,
    routeKey: 'POST /api/patients/{patient_id}/appointments',
    body: { practitioner_id: 1, start_time: '2021-01-06 00:00:00' },
    success: 201,
  },
  cancel: {
    ...ofDate,
    routeKey: 'POST /api/patients/{patient_id}/appointments/{date}/cancel',
    body: { appointment_id: ID },
    success: 200,
  },
  reschedule: {
    ...ofDate,
    routeKey: 'POST /api/patients/{patient_id}/appointments/{date}/reschedule',
    body: { appointment_id: ID, start_time: '2021-01-08 09:30:00' },
    success: 201,
  },
  list: {
    ...ofPatient,
    routeKey: 'GET /api/patients/{patient_id}/appointments',
    success: 200,
  },
  get: {
    ...ofDate,
    routeKey: 'GET /api/patients/{patient_id}/appointments/{date}',
    success: 200,
  },
  agenda: {
    ...ofPractitioner,
    routeKey: 'GET /api/practitioners/{practitioner_id}/appointments',
    success: 200,
  },
  recordAttendance: {
    ...ofDate,
    routeKey: 'PUT /api/patients/{patient_id}/appointments/{date}/attendance',
    body: { appointment_id: ID, attendance: 'arrived' },
    success: 200,
  },
  slots: {
    ...ofPractitioner,
    routeKey: 'GET /api/practitioners/{practitioner_id}/slots',
    queryStringParameters: { from: '2021-01-07' },
    success: 200,
  },
  putPatient: {
    ...ofPatient,
    routeKey: 'PUT /api/patients/{patient_id}',
    body: { first_name: 'Alex', last_name: 'Isac' },
    success: 200,
    unknown: 201,
  },
  getPatient: { ...ofPatient, routeKey: 'GET /api/patients/{patient_id}', success: 200 },
  erasePatient: { ...ofPatient, routeKey: 'DELETE /api/patients/{patient_id}', success: 204 },
  putPractitioner: {
    ...ofPractitioner,
    routeKey: 'PUT /api/practitioners/{practitioner_id}',
    body: { first_name: 'Robert', last_name: 'Dr', npi: '100' },
    success: 200,
    unknown: 201,
  },
  getPractitioner: {
    ...ofPractitioner,
    routeKey: 'GET /api/practitioners/{practitioner_id}',
    success: 200,
  },
  putSchedule: {
    ...ofPractitioner,
    routeKey: 'PUT /api/practitioners/{practitioner_id}/schedule',
    body: { hours: {}, time_off: [] },
    success: 200,
  },
};

export const NAMES = Object.keys(OPERATIONS) as OperationName[];

export const isCommand = ({ routeKey }: { readonly routeKey: string }) =>
  !routeKey.startsWith('GET ');

/** What an authorizer of API Gateway adds to a request's context. */
export type Authorizer = Readonly<Record<string, unknown>> | undefined;

type Changes = Partial<Omit<APIGatewayProxyEventV2, 'body'>> & {
  /** Sent as JSON unless it is text. */
  readonly body?: unknown;
  readonly authorizer?: Authorizer;
};

/** A request for an operation. It succeeds unless it has changes. */
export function requestFor(
  name: OperationName,
  { authorizer, body, ...changes }: Changes = {},
): APIGatewayProxyEventV2 {
  const { success: _, unknown: __, body: usual, ...request } = OPERATIONS[name];
  const event = usual
    ? bookingEvent(body ?? usual, { ...request, ...changes })
    : httpEvent({ ...request, ...changes });
  const requestContext = { ...event.requestContext, ...(authorizer && { authorizer }) };
  return { ...event, requestContext };
}

/** A store with Alexei, Bob, a practitioner Ann, and appointments in the order of their bookings. */
export async function storeWith(
  appointments: readonly Appointment[] = [],
  doubleBooking: PractitionerDoubleBooking = 'allow',
): Promise<MemoryStore> {
  const store = createMemoryStore(doubleBooking);
  const ann = { ...BOB, practitionerId: '2' as Id, firstName: 'Ann' as typeof BOB.firstName };
  store.patients.set(ALEXEI.patientId, ALEXEI);
  for (const one of [BOB, ann]) {
    store.practitioners.set(one.practitionerId, { ...one, schedule: ALWAYS_OPEN });
  }
  for (const one of appointments) {
    const holder = await store.appointments.findByDate(one.patientId, slotDate(one.slot));
    await store.appointments.create(one, holder && hasEnded(holder) ? holder : undefined);
  }
  return store;
}

/** All appointments of a store. */
export function appointmentsIn({ days, replaced }: MemoryStore): Appointment[] {
  return [...days.values(), ...replaced.values()];
}

/** Repositories whose methods fail, all or some. */
export function failing(
  repositories: Repositories,
  error: unknown,
  fails: (method: string) => boolean = () => true,
): Repositories {
  const wrap = <Repository extends object>(repository: Repository) =>
    new Proxy(repository, {
      get: (target, method): unknown =>
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        fails(String(method)) ? async () => Promise.reject(error) : Reflect.get(target, method),
    });
  return Object.fromEntries(
    Object.entries(repositories)
      .filter(([, part]) => !(part instanceof Map))
      .map(([name, repository]) => [name, wrap(repository as object)]),
  ) as unknown as Repositories;
}

/** Whether a method of a repository writes. */
export const isWrite = (method: string) => !/^(find|list)/.test(method);

/** Repositories that must not be used. */
export const UNUSED: Repositories = new Proxy({} as Repositories, {
  get() {
    throw new Error('the request reached the store');
  },
});

interface Options {
  readonly auth?: AuthMode;
  readonly remainingMilliseconds?: number;
  /** Receives the scope in which the request uses the store. */
  readonly onScope?: (scope: RequestScope) => void;
}

/** The function that serves a request. */
export function functionOf(
  request: Pick<APIGatewayProxyEventV2, 'routeKey'>,
  repositories: Repositories,
  { auth = 'none', onScope }: Options = {},
) {
  const dependencies = {
    auth,
    repositoriesFor(scope: RequestScope) {
      onScope?.(scope);
      return repositories;
    },
  };
  return isCommand(request) ? appointmentCommands(dependencies) : appointmentQueries(dependencies);
}

/** Sends a request to the function that serves it, and checks the response against openapi.json. */
export async function send(
  event: APIGatewayProxyEventV2,
  repositories: Repositories,
  options: Options = {},
): Promise<Answer> {
  return invoke(functionOf(event, repositories, options), event, options.remainingMilliseconds);
}
