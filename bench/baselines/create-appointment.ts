// What one would write by hand for booking: the same calls of DynamoDB, with its client alone.
import { randomUUID } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const client = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});
const TableName = process.env['TABLE_NAME'];

const START = /^(\d{4}-\d{2}-\d{2}) (\d{2}:[03]0:00)$/;

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const patientId = event.pathParameters?.['patient_id'] ?? '';
  const body = JSON.parse(event.body ?? '{}') as { practitioner_id: unknown; start_time: unknown };
  const practitionerId = String(body.practitioner_id);
  const [, date, time] = START.exec(String(body.start_time)) ?? [];
  if (date === undefined || time === undefined) return answer(400, { message: 'bad start_time' });

  const [patient, practitioner] = await Promise.all(
    [`PATIENT#${patientId}`, `PRACTITIONER#${practitionerId}`].map(async (id) => {
      const Key = { PK: { S: id }, SK: { S: 'PROFILE' } };
      return (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
    }),
  );
  if (patient === undefined || practitioner === undefined) {
    return answer(404, { message: 'not found' });
  }
  const start = `${date}T${time}Z`;
  const Item = {
    PK: { S: `PATIENT#${patientId}` },
    SK: { S: `DAY#${date}` },
    appointment_id: { S: randomUUID() },
    patient_id: { S: patientId },
    practitioner_id: { S: practitionerId },
    practitioner_first_name: { S: practitioner['first_name']?.S ?? '' },
    practitioner_last_name: { S: practitioner['last_name']?.S ?? '' },
    practitioner_npi: { S: practitioner['npi']?.S ?? '' },
    start_time: { S: start },
    created_at: { S: new Date().toISOString() },
    request_id: { S: event.requestContext.requestId },
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
    return answer(409, { message: 'taken' });
  }
  return answer(201, {
    appointment_id: Item.appointment_id.S,
    patient_id: patientId,
    patient_first_name: patient['first_name']?.S,
    patient_last_name: patient['last_name']?.S,
    practitioner_id: practitionerId,
    practitioner_first_name: Item.practitioner_first_name.S,
    practitioner_last_name: Item.practitioner_last_name.S,
    practitioner_npi: Item.practitioner_npi.S,
    start_time: start,
    end_time: new Date(Date.parse(start) + 1_800_000).toISOString(),
  });
}

function answer(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}
