import type { Patient, ScheduledPractitioner } from '../../domain/people.ts';
import type { PutKind } from '../../domain/ports.ts';
import type { PatientResponse, PractitionerResponse } from './response-schemas.ts';
import { type Response, respond } from './responses.ts';

/** The response with a patient: a 201 with their URL if a put has created them, otherwise a 200. */
export function respondPatient(kind: PutKind | 'found', patient: Patient): Response {
  const { patientId, firstName, lastName } = patient;
  const body: PatientResponse = {
    patient_id: patientId,
    first_name: firstName,
    last_name: lastName,
  };
  return respondPerson(kind, `/api/patients/${patientId}`, body);
}

/** The response with a practitioner and their schedule: a 201 with their URL if a put has created them, otherwise a 200. */
export function respondPractitioner(
  kind: PutKind | 'found',
  practitioner: ScheduledPractitioner,
): Response {
  const { practitionerId, firstName, lastName, npi, schedule } = practitioner;
  const body: PractitionerResponse = {
    practitioner_id: practitionerId,
    first_name: firstName,
    last_name: lastName,
    npi,
    hours: schedule.hours,
    time_off: schedule.timeOff,
  };
  return respondPerson(kind, `/api/practitioners/${practitionerId}`, body);
}

function respondPerson(kind: string, url: string, body: object): Response {
  return kind === 'created'
    ? respond(201, 'application/json', body, { Location: url })
    : respond(200, 'application/json', body);
}
