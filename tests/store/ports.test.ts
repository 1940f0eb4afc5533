import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { describePorts } from '../support/ports-contract.ts';

jest.setTimeout(30_000);

describePorts(async () => {
  const table = openTable(`appointments-${randomUUID()}`);
  await createTable(table.name);
  return (doubleBooking) => createRepositories(table, doubleBooking);
});
