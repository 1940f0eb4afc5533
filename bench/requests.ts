const APPOINTMENTS = '/api/patients/{patient_id}/appointments';

let dates = 0;

/** The `index`-th date since 1900-01-01, `YYYY-MM-DD`. */
export function dateAt(index: number): string {
  return new Date(Date.UTC(1900, 0, 1 + index)).toISOString().slice(0, 10);
}

/** A start on a date that no other request uses. */
export function newStart(): string {
  return `${dateAt(dates++)} 09:30:00`;
}

export function bookingBody(start = newStart(), practitioner: number | string = 1): string {
  return JSON.stringify({ practitioner_id: practitioner, start_time: start });
}

/** A Lambda event that books an appointment for a patient. */
export function bookingEvent(patientId = '1', start?: string, practitioner?: string): object {
  return eventOf(
    `POST ${APPOINTMENTS}`,
    { patient_id: patientId },
    bookingBody(start, practitioner),
  );
}

/** The response to a booking. */
export type Booked = Readonly<Record<'appointment_id' | 'patient_id' | 'start_time', string>>;

/** A Lambda event that cancels an appointment, or reschedules it to another start. */
export function endEvent(booked: Booked, start_time?: string): object {
  const { appointment_id, patient_id } = booked;
  const route = `POST ${APPOINTMENTS}/{date}/${start_time === undefined ? 'cancel' : 'reschedule'}`;
  const path = { patient_id, date: booked.start_time.slice(0, 10) };
  return eventOf(route, path, JSON.stringify({ appointment_id, start_time }));
}

/** A Lambda event that records that the patient of an appointment came. */
export function attendanceEvent({ appointment_id, patient_id, start_time }: Booked): object {
  const path = { patient_id, date: start_time.slice(0, 10) };
  const body = JSON.stringify({ appointment_id, attendance: 'arrived' });
  return eventOf(`PUT ${APPOINTMENTS}/{date}/attendance`, path, body);
}

/** A Lambda event that gets a patient's appointment of a date. */
export function getEvent(patientId: string, date: string): object {
  return eventOf(`GET ${APPOINTMENTS}/{date}`, { patient_id: patientId, date });
}

/** A Lambda event that lists a patient's appointments. */
export function listEvent(patientId: string, queryStringParameters: object): object {
  return { ...eventOf(`GET ${APPOINTMENTS}`, { patient_id: patientId }), queryStringParameters };
}

/** A Lambda event that gets a practitioner's agenda, or slots. */
export function practitionerEvent(practitioner_id: string, what: string, query: object): object {
  const event = eventOf(`GET /api/practitioners/{practitioner_id}/${what}`, { practitioner_id });
  return { ...event, queryStringParameters: query };
}

/** A Lambda event that puts a patient or a practitioner. */
export function putEvent(kind: 'patient' | 'practitioner', id: string, last_name = 'Isac'): object {
  const body = JSON.stringify({ first_name: 'Alexei', last_name });
  return personEvent('PUT', kind, id, body);
}

/** A Lambda event that gets, puts, or erases a person. */
export function personEvent(
  method: 'GET' | 'PUT' | 'DELETE',
  kind: 'patient' | 'practitioner',
  id: string,
  body?: string,
): object {
  return eventOf(`${method} /api/${kind}s/{${kind}_id}`, { [`${kind}_id`]: id }, body);
}

/** A Lambda event that sets when a practitioner works. */
export function scheduleEvent(practitioner_id: string, hours: object | null): object {
  const body = JSON.stringify({ hours, time_off: [] });
  return eventOf('PUT /api/practitioners/{practitioner_id}/schedule', { practitioner_id }, body);
}

function eventOf(routeKey: string, pathParameters: object, body?: string) {
  return {
    version: '2.0',
    routeKey,
    pathParameters,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body,
    requestContext: {
      requestId: 'JKJaXmPLvHcESHA=',
      http: { method: routeKey.split(' ')[0] },
      authorizer: { iam: { userArn: 'arn:aws:iam::123456789012:role/front-desk' } },
    },
    isBase64Encoded: false,
  };
}
