let dates = 0;

/** The `index`-th date since 1900-01-01, `YYYY-MM-DD`. */
export function dateAt(index: number): string {
  return new Date(Date.UTC(1900, 0, 1 + index)).toISOString().slice(0, 10);
}

/** A start on a date that no other request uses. */
export function newStart(): string {
  return `${dateAt(dates++)} 09:30:00`;
}

export function bookingBody(start = newStart()): string {
  return JSON.stringify({ practitioner_id: 1, start_time: start });
}

/** A Lambda event that books an appointment for a patient. */
export function bookingEvent(patientId = '1', start?: string): object {
  return eventOf('POST', '', { patient_id: patientId }, bookingBody(start));
}

/** The response to a booking. */
export type Booked = Readonly<Record<'appointment_id' | 'patient_id' | 'start_time', string>>;

/** A Lambda event that cancels an appointment, or reschedules it to another start. */
export function endEvent(booked: Booked, start_time?: string): object {
  const { appointment_id, patient_id } = booked;
  const command = start_time === undefined ? '/{date}/cancel' : '/{date}/reschedule';
  const path = { patient_id, date: booked.start_time.slice(0, 10) };
  return eventOf('POST', command, path, JSON.stringify({ appointment_id, start_time }));
}

/** A Lambda event that gets a patient's appointment of a date. */
export function getEvent(patientId: string, date: string): object {
  return eventOf('GET', '/{date}', { patient_id: patientId, date });
}

/** A Lambda event that lists a patient's appointments. */
export function listEvent(patientId: string, queryStringParameters: object): object {
  return { ...eventOf('GET', '', { patient_id: patientId }), queryStringParameters };
}

function eventOf(method: 'GET' | 'POST', path: string, pathParameters: object, body?: string) {
  return {
    version: '2.0',
    routeKey: `${method} /api/patients/{patient_id}/appointments${path}`,
    pathParameters,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body,
    requestContext: {
      requestId: 'JKJaXmPLvHcESHA=',
      http: { method },
      authorizer: { iam: { userArn: 'arn:aws:iam::123456789012:role/front-desk' } },
    },
    isBase64Encoded: false,
  };
}
