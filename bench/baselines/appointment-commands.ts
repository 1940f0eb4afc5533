// A minimal hand-written handler that books and cancels: the same DynamoDB calls, with `client-dynamodb` alone.
import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { client, represent, respond, TableName } from './shared.ts';

const START = /^(\d{4}-\d{2}-\d{2}) (\d{2}:[03]0:00)$/;

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  return event.routeKey.endsWith('/cancel') ? cancel(event) : book(event);
}

async function book(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const patientId = event.pathParameters?.['patient_id'] ?? '';
  const body = JSON.parse(event.body ?? '{}') as { practitioner_id: unknown; start_time: unknown };
  const practitionerId = String(body.practitioner_id);
  const [, date, time] = START.exec(String(body.start_time)) ?? [];
  if (date === undefined || time === undefined) return respond(400, { message: 'bad start_time' });

  const [patient, practitioner] = await getBoth(
    { PK: { S: `PATIENT#${patientId}` }, SK: { S: 'PROFILE' } },
    { PK: { S: `PRACTITIONER#${practitionerId}` }, SK: { S: 'PROFILE' } },
  );
  if (patient === undefined || practitioner === undefined) {
    return respond(404, { message: 'not found' });
  }
  const appointmentId = randomUUID();
  const Item = {
    PK: { S: `PATIENT#${patientId}` },
    SK: { S: `DAY#${date}` },
    appointment_id: { S: appointmentId },
    patient_id: { S: patientId },
    practitioner_id: { S: practitionerId },
    practitioner_first_name: { S: practitioner['first_name']?.S ?? '' },
    practitioner_last_name: { S: practitioner['last_name']?.S ?? '' },
    practitioner_npi: { S: practitioner['npi']?.S ?? '' },
    start_time: { S: `${date}T${time}Z` },
    created_at: { S: new Date().toISOString() },
    request_id: { S: event.requestContext.requestId },
    booked_by: { NULL: true },
    series_id: { S: appointmentId },
    series_position: { N: '0' },
    status: { S: 'booked' },
    agenda_key: { S: `${date}T${time}Z_${appointmentId}` },
  };
  try {
    await client.send(
      new PutItemCommand({
        TableName,
        Item,
        ConditionExpression: 'attribute_not_exists(PK)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return respond(409, { message: 'taken' });
  }
  return respond(201, represent(Item, patient));
}

async function cancel(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { patient_id: patientId = '', date = '' } = event.pathParameters ?? {};
  const { appointment_id } = JSON.parse(event.body ?? '{}') as { appointment_id: string };
  const PK = { S: `PATIENT#${patientId}` };
  const Key = { PK, SK: { S: `DAY#${date}` } };
  const [patient, appointment] = await getBoth({ PK, SK: { S: 'PROFILE' } }, Key);
  if (patient === undefined || appointment === undefined) {
    return respond(404, { message: 'not found' });
  }
  try {
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression:
          'SET #status = :status, cancelled_at = :at, cancellation_reason = :reason, ended_request_id = :request, ended_by = :reason REMOVE agenda_key',
        ConditionExpression: 'appointment_id = :id AND #status = :booked',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':id': { S: appointment_id },
          ':booked': { S: 'booked' },
          ':status': { S: 'cancelled' },
          ':request': { S: event.requestContext.requestId },
          ':at': { S: new Date().toISOString() },
          ':reason': { NULL: true },
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return respond(409, { message: 'already cancelled' });
  }
  return respond(200, represent(appointment, patient));
}

type Key = Record<'PK' | 'SK', { S: string }>;

async function getBoth(...Keys: [Key, Key]) {
  const { Responses = {} } = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
  );
  const items = Responses[TableName] ?? [];
  return Keys.map(({ PK, SK }) =>
    items.find((item) => item['PK']?.S === PK.S && item['SK']?.S === SK.S),
  );
}
