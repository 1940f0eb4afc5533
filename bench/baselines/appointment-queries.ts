// A minimal hand-written handler that lists: the same DynamoDB calls, with `client-dynamodb` alone.
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { client, represent, respond, TableName } from './shared.ts';

export async function handler(
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
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
        ExpressionAttributeValues: {
          ':patient': PK,
          ':first': { S: `DAY#${from}` },
          ':last': { S: `DAY#${to}` },
        },
        ConsistentRead: true,
        Limit: Number(limit) + 1,
      }),
    ),
  ]);
  if (patient === undefined) return respond(404, { message: 'not found' });
  const appointments = items.slice(0, Number(limit)).map((item) => represent(item, patient));
  return respond(200, appointments);
}
