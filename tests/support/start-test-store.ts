import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { openTestStore } from './test-store.ts';

/** Opens the store that the tests share; each makes a table of its own. */
export default async function startTestStore(): Promise<void> {
  const { endpoint } = await openTestStore(process.env);
  process.env = {
    ...withConnection(process.env, connectTo(endpoint)),
    TABLE_NAME: 'appointments-test',
    AUTH: 'none',
    PRACTITIONER_DOUBLE_BOOKING: 'allow',
  };
}
