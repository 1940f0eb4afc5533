let dates = 0;

/** The `index`-th date since 1900-01-01, `YYYY-MM-DD`. */
export function dateAt(index: number): string {
  return new Date(Date.UTC(1900, 0, 1 + index)).toISOString().slice(0, 10);
}

/** A body that books a practitioner; by default on a date that no other request uses. */
export function bookingBody(date = dateAt(dates++), time = '09:30:00'): string {
  return JSON.stringify({ practitioner_id: 1, start_time: `${date} ${time}` });
}

/** A Lambda event that books an appointment for a patient. */
export function bookingEvent(patientId = '1', body = bookingBody()): object {
  return { ...eventOf('POST', patientId), headers: { 'content-type': 'application/json' }, body };
}

/** A Lambda event that lists a patient's appointments. */
export function listEvent(patientId: string, queryStringParameters: object): object {
  return { ...eventOf('GET', patientId), headers: {}, queryStringParameters };
}

function eventOf(method: 'GET' | 'POST', patientId: string) {
  return {
    version: '2.0',
    routeKey: `${method} /api/patients/{patient_id}/appointments`,
    rawPath: `/api/patients/${patientId}/appointments`,
    pathParameters: { patient_id: patientId },
    requestContext: {
      requestId: 'JKJaXmPLvHcESHA=',
      http: { method },
      authorizer: { iam: { userArn: 'arn:aws:iam::123456789012:role/front-desk' } },
    },
    isBase64Encoded: false,
  };
}
