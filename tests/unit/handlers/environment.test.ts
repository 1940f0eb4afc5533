import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { connect, readEnvironment } from '../../../src/handlers/environment.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import { captureLog } from '../../support/capture-log.ts';
import { bookingEvent, invoke } from '../../support/http-event.ts';
import { ALEXEI_ITEM, BOB_ITEM } from '../../support/people.ts';
import { storeHolds, writesTo } from '../../support/store-reads.ts';

const RIGHT = {
  TABLE_NAME: 'appointments-prod',
  AUTH: 'iam',
  PRACTITIONER_DOUBLE_BOOKING: 'reject',
};

describe('readEnvironment', () => {
  it('reads the variables of the deployment', () => {
    expect(readEnvironment({ ...RIGHT, HOME: '/' })).toEqual({
      tableName: 'appointments-prod',
      auth: 'iam',
      doubleBooking: 'reject',
    });
  });

  it('names every variable that is missing', () => {
    expect(() => readEnvironment({})).toThrow(
      'TABLE_NAME is not set. Set it to the name of the DynamoDB table. AUTH must be "iam" or "jwt". PRACTITIONER_DOUBLE_BOOKING must be "allow" or "reject".',
    );
  });

  it.each(['', 'ab', 'a table', 'x'.repeat(256)])('rejects TABLE_NAME=%j', (TABLE_NAME) => {
    expect(() => readEnvironment({ ...RIGHT, TABLE_NAME })).toThrow(
      'TABLE_NAME is not a valid name of a DynamoDB table.',
    );
  });

  it.each([undefined, '', 'IAM', 'off'])('rejects AUTH=%s', (AUTH) => {
    expect(() => readEnvironment({ ...RIGHT, AUTH })).toThrow('AUTH must be "iam" or "jwt".');
  });

  it.each([undefined, '', 'REJECT', 'true'])('rejects PRACTITIONER_DOUBLE_BOOKING=%s', (text) => {
    expect(() => readEnvironment({ ...RIGHT, PRACTITIONER_DOUBLE_BOOKING: text })).toThrow(
      'PRACTITIONER_DOUBLE_BOOKING must be "allow" or "reject".',
    );
  });
});

describe('connect', () => {
  const log = captureLog();

  it('gives each request the table, the mode of double booking, its deadline, and its count of calls', async () => {
    const table = mockClient(DynamoDBDocumentClient);
    storeHolds(table, [ALEXEI_ITEM, BOB_ITEM]);
    table.on(TransactWriteCommand).resolves({ $metadata: { attempts: 3 } });
    const environment = { auth: 'none', tableName: 'the-table', doubleBooking: 'reject' } as const;
    const commands = appointmentCommands(connect(environment, createRepositories));

    await expect(invoke(commands, bookingEvent())).resolves.toMatchObject({ status: 201 });

    expect(JSON.stringify(writesTo(table))).toContain('"TableName":"the-table"');
    const options = table.calls().map(({ args }) => (args as unknown[])[1]);
    expect(options).toEqual(Array(2).fill({ abortSignal: expect.any(AbortSignal) }));
    expect(log).toMatchObject([{ store_calls: 2, store_retries: 2 }]);
  });
});
