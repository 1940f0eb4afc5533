import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { openTestStore } from './test-store.ts';

const TABLE_NAME = 'appointments-test';

/** Opens the store that the tests of all projects share; each test makes a table of its own. */
export default async function startTestStore(): Promise<void> {
  if (process.env['TABLE_NAME'] === TABLE_NAME) return;
  const { endpoint } = await openTestStore(process.env);
  process.env = {
    ...withConnection(process.env, connectTo(endpoint)),
    TABLE_NAME,
    AUTH: 'none',
    PRACTITIONER_DOUBLE_BOOKING: 'allow',
  };
}
