import { describe, expect, it } from '@jest/globals';
import { readPorts } from '../../../scripts/local/ports.ts';

describe('readPorts', () => {
  it('has defaults, also for empty variables', () => {
    const ports = { api: 3000, reference: 3001, lambda: 3002, store: 8000 };

    expect(readPorts({})).toEqual(ports);
    expect(readPorts({ PORT: '', DYNAMODB_PORT: '' })).toEqual(ports);
  });

  it('derives the ports of the API from PORT', () => {
    expect(readPorts({ PORT: '4000', DYNAMODB_PORT: '4003' })).toEqual({
      api: 4000,
      reference: 4001,
      lambda: 4002,
      store: 4003,
    });
  });

  it.each(['0', '65534', '80.5', '-1', '3e3', 'http'])('rejects PORT=%s', (PORT) => {
    expect(() => readPorts({ PORT })).toThrow(
      `PORT=${PORT} is not a valid port. Set it to a number from 1 to 65533.`,
    );
  });

  it.each(['3000', '3001', '3002'])('rejects DYNAMODB_PORT=%s, which the API uses', (port) => {
    expect(() => readPorts({ DYNAMODB_PORT: port })).toThrow(
      `DYNAMODB_PORT=${port} is one of the ports that PORT=3000 uses (PORT to PORT+2). Choose another.`,
    );
  });
});
