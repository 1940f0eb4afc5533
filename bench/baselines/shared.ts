import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export const client = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});
export const TableName = process.env['TABLE_NAME'] ?? '';

type Item = Readonly<Record<string, AttributeValue>>;

export function represent(item: Item, patient: Item) {
  return {
    appointment_id: item['appointment_id']?.S,
    patient_id: item['patient_id']?.S,
    patient_first_name: patient['first_name']?.S,
    patient_last_name: patient['last_name']?.S,
    practitioner_id: item['practitioner_id']?.S,
    practitioner_first_name: item['practitioner_first_name']?.S,
    practitioner_last_name: item['practitioner_last_name']?.S,
    practitioner_npi: item['practitioner_npi']?.S ?? null,
    start_time: item['start_time']?.S,
    end_time: new Date(Date.parse(item['start_time']?.S ?? '') + 1_800_000).toISOString(),
  };
}

export function respond(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}
