// What one would write by hand for listing: the same calls of DynamoDB, with its client alone.
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const client = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});
const TableName = process.env['TABLE_NAME'];

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
        ScanIndexForward: true,
        Limit: Number(limit) + 1,
      }),
    ),
  ]);
  if (patient === undefined) return answer(404, { message: 'not found' });
  return answer(
    200,
    items.slice(0, Number(limit)).map((item) => ({
      appointment_id: item['appointment_id']?.S,
      patient_id: patientId,
      patient_first_name: patient['first_name']?.S,
      patient_last_name: patient['last_name']?.S,
      practitioner_id: item['practitioner_id']?.S,
      practitioner_first_name: item['practitioner_first_name']?.S,
      practitioner_last_name: item['practitioner_last_name']?.S,
      practitioner_npi: item['practitioner_npi']?.S ?? null,
      start_time: item['start_time']?.S,
      end_time: new Date(Date.parse(item['start_time']?.S ?? '') + 1_800_000).toISOString(),
    })),
  );
}

function answer(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}
