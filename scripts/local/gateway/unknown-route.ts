import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What an HTTP API answers where it has no such route; serverless-offline has a form of its own. */
export async function handler(): Promise<APIGatewayProxyStructuredResultV2> {
  return Promise.resolve({
    statusCode: 404,
    headers: { 'content-type': 'application/json' },
    body: '{"message":"Not Found"}',
  });
}
