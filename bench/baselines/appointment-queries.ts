// A minimal hand-written handler that lists appointments of a patient or a practitioner: the same DynamoDB calls,
// with `client-dynamodb` alone.
import { BatchGetItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { client, represent, respond, TableName } from './shared.ts';

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  return event.routeKey.includes('practitioner') ? agenda(event) : list(event);
}

async function list(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const patientId = event.pathParameters?.['patient_id'] ?? '';
  const {
    from = '1900-01-01',
    to = '9999-12-31',
    limit = '1000',
  } = event.queryStringParameters ?? {};
  const PK = { S: `PATIENT#${patientId}` };
  const [{ Item: patient }, { Items: items = [] }] = await Promise.all([
    client.send(
      new GetItemCommand({ TableName, Key: { PK, SK: { S: 'PROFILE' } }, ConsistentRead: true }),
    ),
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'PK = :patient AND SK BETWEEN :first AND :last',
        FilterExpression: '#status = :booked',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: {
          ':patient': PK,
          ':first': { S: `DAY#${from}` },
          ':last': { S: `DAY#${to}` },
          ':booked': { S: 'booked' },
        },
        ConsistentRead: true,
        Limit: Number(limit) + 2,
      }),
    ),
  ]);
  if (patient === undefined) return respond(404, { message: 'not found' });
  const appointments = items.slice(0, Number(limit)).map((item) => represent(item, patient));
  return respond(200, appointments);
}

async function agenda(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const practitionerId = event.pathParameters?.['practitioner_id'] ?? '';
  const {
    from = '1900-01-01',
    to = '9999-12-31',
    limit = '100',
  } = event.queryStringParameters ?? {};
  const Key = { PK: { S: `PRACTITIONER#${practitionerId}` }, SK: { S: 'PROFILE' } };
  const [{ Item: practitioner }, { Items: items = [] }] = await Promise.all([
    client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })),
    client.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-practitioner',
        KeyConditionExpression:
          'practitioner_id = :practitioner AND agenda_key BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':practitioner': { S: practitionerId },
          ':first': { S: from },
          ':last': { S: `${to}~` },
        },
        Limit: Number(limit) + 1,
      }),
    ),
  ]);
  if (practitioner === undefined) return respond(404, { message: 'not found' });
  const page = items.slice(0, Number(limit));
  const ids = new Set(page.map((item) => item['patient_id']?.S ?? ''));
  const keys = [...ids].map((id) => ({ PK: { S: `PATIENT#${id}` }, SK: { S: 'PROFILE' } }));
  const { Responses = {} } = await client.send(
    new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys } } }),
  );
  const patients = new Map(
    Responses[TableName]?.map((patient) => [patient['patient_id']?.S, patient]),
  );
  return respond(
    200,
    page.map((item) => represent(item, patients.get(item['patient_id']?.S) ?? {})),
  );
}
