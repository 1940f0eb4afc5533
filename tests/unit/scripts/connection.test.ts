import { describe, expect, it } from '@jest/globals';
import { connectTo, withConnection } from '../../../scripts/local/connection.ts';

describe('connectTo', () => {
  it.each([
    'http://localhost:8000',
    'http://127.0.0.1:8000',
    'http://127.1.2.3',
    'https://localhost:8443',
    'http://[::1]:8000',
  ])('accepts %s', (endpoint) => {
    expect(connectTo(endpoint)).toMatchObject({ AWS_ENDPOINT_URL_DYNAMODB: endpoint });
  });

  it.each([
    '',
    'localhost:8000',
    'ftp://localhost',
    'http://localhost.example.com:8000',
    'http://127.0.0.1.example.com',
    'http://localhost@example.com',
    'http://0.0.0.0:8000',
    'http://10.0.0.1:8000',
    'http://[::]:8000',
    'https://dynamodb.us-east-1.amazonaws.com',
  ])('rejects %j', (endpoint) => {
    expect(() => connectTo(endpoint)).toThrow('is not on this machine');
  });
});

describe('withConnection', () => {
  it('removes everything that leads to a real account', () => {
    const env = {
      HOME: '/home/someone',
      AWS_PROFILE: 'production',
      AWS_SESSION_TOKEN: 'token',
      AWS_ENDPOINT_URL: 'https://example.com',
      AWS_REGION: 'eu-central-1',
    };

    expect(withConnection(env, connectTo('http://localhost:8000'))).toEqual({
      HOME: '/home/someone',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:8000',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
  });
});
