import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Appointment, newAppointmentId } from '../domain/appointment.ts';
import type { Patient } from '../domain/people.ts';
import type { Repositories } from '../domain/ports.ts';
import { slotDate } from '../domain/slot.ts';
import { book } from '../domain/use-cases/book.ts';
import { cancel } from '../domain/use-cases/cancel.ts';
import { reschedule } from '../domain/use-cases/reschedule.ts';
import { createRepositories } from '../repositories/repositories.ts';
import { connect, type Dependencies, readEnvironment } from './environment.ts';
import type { WithGrant } from './http/access.ts';
import { bookRequest, cancelRequest, rescheduleRequest } from './http/command-schemas.ts';
import { countCall, type WithRecord } from './http/log.ts';
import { respondProblem } from './http/problems.ts';
import { readRequest } from './http/request.ts';
import { appointmentUrl, type Response, representAppointment, respond } from './http/responses.ts';
import { operationStack, routed } from './http/stack.ts';

/** The operations that write. */
export function appointmentCommands(dependencies: Dependencies<Repositories>) {
  const bookOperation = bookAppointment(dependencies);
  return routed({
    'POST /api/patients/{patient_id}/appointments': bookOperation,
    'POST /api/patients/{patient_id}/appointment': bookOperation,
    'POST /api/patients/{patient_id}/appointments/{date}/cancel': cancelAppointment(dependencies),
    'POST /api/patients/{patient_id}/appointments/{date}/reschedule':
      rescheduleAppointment(dependencies),
  });
}

function bookAppointment({ auth, repositoriesFor }: Dependencies<Repositories>) {
  return operationStack(auth, 'book')
    .use(readRequest(bookRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, headers, body } = event.input;
      const outcome = await book(repositoriesFor({ signal, onCall: countCall(event) }), {
        appointmentId: newAppointmentId(),
        patientId: path.patient_id,
        practitionerId: body.practitioner_id,
        slot: body.start_time,
        createdAt: new Date().toISOString(),
        requestId: event.requestContext.requestId,
        idempotencyKey: headers['idempotency-key'] ?? null,
      });
      switch (outcome.kind) {
        case 'booked':
        case 'replayed':
          return respondAppointment(201, outcome, {
            Location: appointmentUrl(outcome.appointment),
          });
        case 'patient-day-taken':
        case 'appointment-cancelled':
        case 'appointment-rescheduled':
          return respondConflict(event, outcome);
        case 'patient-not-found':
        case 'practitioner-not-found':
        case 'practitioner-slot-taken':
        case 'idempotency-key-reused':
          return respondProblem(event, { code: outcome.kind });
      }
    });
}

function cancelAppointment({ auth, repositoriesFor }: Dependencies<Repositories>) {
  return operationStack(auth, 'cancel')
    .use(readRequest(cancelRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, body } = event.input;
      const outcome = await cancel(repositoriesFor({ signal, onCall: countCall(event) }), {
        patientId: path.patient_id,
        date: path.date,
        appointmentId: body.appointment_id,
        reason: body.reason ?? null,
        cancelledAt: new Date().toISOString(),
        requestId: event.requestContext.requestId,
      });
      switch (outcome.kind) {
        case 'cancelled':
        case 'replayed':
          return respondAppointment(200, outcome);
        case 'appointment-rescheduled':
          return respondConflict(event, outcome);
        case 'patient-not-found':
        case 'appointment-not-found':
          return respondProblem(event, { code: outcome.kind });
      }
    });
}

function rescheduleAppointment({ auth, repositoriesFor }: Dependencies<Repositories>) {
  return operationStack(auth, 'reschedule')
    .use(readRequest(rescheduleRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, body } = event.input;
      const outcome = await reschedule(repositoriesFor({ signal, onCall: countCall(event) }), {
        appointmentId: newAppointmentId(),
        patientId: path.patient_id,
        from: { date: path.date, appointmentId: body.appointment_id },
        practitionerId: body.practitioner_id,
        slot: body.start_time,
        createdAt: new Date().toISOString(),
        requestId: event.requestContext.requestId,
      });
      switch (outcome.kind) {
        case 'rescheduled':
        case 'replayed':
          return respondAppointment(201, outcome, {
            Location: appointmentUrl(outcome.appointment),
          });
        case 'unchanged':
          return respondAppointment(200, outcome);
        case 'patient-day-taken':
        case 'appointment-cancelled':
        case 'appointment-rescheduled':
          return respondConflict(event, outcome);
        case 'patient-not-found':
        case 'practitioner-not-found':
        case 'appointment-not-found':
        case 'practitioner-slot-taken':
          return respondProblem(event, { code: outcome.kind });
      }
    });
}

function respondAppointment(
  status: number,
  outcome: { readonly kind: string; readonly appointment: Appointment; readonly patient: Patient },
  headers: Readonly<Record<string, string>> = {},
): Response {
  return respond(
    status,
    'application/json',
    representAppointment(outcome.appointment, outcome.patient),
    { ...headers, ...(outcome.kind === 'replayed' && { 'Idempotency-Replayed': 'true' }) },
  );
}

/** The response to a request that an appointment conflicts with. Callers who may not read do not see it. */
function respondConflict(
  event: APIGatewayProxyEventV2 & WithGrant & WithRecord,
  outcome: {
    readonly kind: 'patient-day-taken' | 'appointment-cancelled' | 'appointment-rescheduled';
    readonly conflict: Appointment;
    readonly patient: Patient;
  },
): Response {
  const { kind, conflict, patient } = outcome;
  const mayRead = event.may('get') || event.may('list');
  return respondProblem(event, {
    code: kind,
    ...(kind === 'patient-day-taken' && { date: slotDate(conflict.slot) }),
    ...(mayRead && { conflict: representAppointment(conflict, patient) }),
  });
}

export const handler = appointmentCommands(
  connect(readEnvironment(process.env), createRepositories),
);
