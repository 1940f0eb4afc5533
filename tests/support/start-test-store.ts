import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { openTestStore } from './test-store.ts';

const TABLE_NAME = 'appointments-test';

/** Opens one store for all projects that need it. Tests create their own tables. */
export default async function startTestStore(): Promise<void> {
  // Jest calls this once for each project.
  if (process.env['TABLE_NAME'] === TABLE_NAME) return;
  const { endpoint } = await openTestStore(process.env);
  process.env = {
    ...withConnection(process.env, connectTo(endpoint)),
    TABLE_NAME,
    AUTH: 'none',
    PRACTITIONER_DOUBLE_BOOKING: 'allow',
  };
}
