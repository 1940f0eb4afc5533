import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { addDays, FIRST_DATE } from '../src/domain/slot.ts';
import { bookingEvent, httpEvent } from '../tests/support/http-event.ts';

let date = FIRST_DATE;

/** A date that was not given before. */
export function nextDate(): string {
  date = addDays(date, 1);
  return date;
}

/** A booking of a date that is free, by a principal that API Gateway let through. */
export function bookingRequest(start = `${nextDate()} 09:30:00`): APIGatewayProxyEventV2 {
  return signed(bookingEvent({ practitioner_id: 1, start_time: start }));
}

/** A list, likewise. */
export function listRequest(
  patientId: string,
  queryStringParameters: Record<string, string>,
): APIGatewayProxyEventV2 {
  return signed(httpEvent({ pathParameters: { patient_id: patientId }, queryStringParameters }));
}

function signed(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const iam = { userArn: 'arn:aws:iam::123456789012:role/front-desk' };
  return {
    ...event,
    requestContext: { ...event.requestContext, authorizer: { iam } },
  } as APIGatewayProxyEventV2;
}
