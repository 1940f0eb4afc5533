import * as z from 'zod/mini';
import { PRACTITIONER_DOUBLE_BOOKING, type PractitionerDoubleBooking } from '../domain/ports.ts';
import { openTable, type RequestScope, type Table } from '../repositories/store.ts';
import { AUTH_MODES, type AuthMode } from './http/access.ts';
import type { Dependencies } from './http/operation.ts';

const environment = z.object({
  TABLE_NAME: z
    .string({ error: 'is not set. Set it to the name of the DynamoDB table' })
    .check(z.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'is not a valid name of a DynamoDB table')),
  // `none` is valid too, for local runs and tests. resources/deployment.ts rejects it in a deployment.
  AUTH: z.enum(AUTH_MODES, 'must be "iam" or "jwt"'),
  PRACTITIONER_DOUBLE_BOOKING: z.enum(PRACTITIONER_DOUBLE_BOOKING, 'must be "allow" or "reject"'),
});

export interface Environment {
  readonly tableName: string;
  readonly auth: AuthMode;
  readonly doubleBooking: PractitionerDoubleBooking;
}

/**
 * Reads the environment variables of the functions.
 *
 * @throws Error that names each variable that is missing or invalid
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const { data, error } = environment.safeParse(variables);
  if (error) {
    throw new Error(
      error.issues.map(({ path, message }) => `${path.join('.')} ${message}.`).join(' '),
    );
  }
  return {
    tableName: data.TABLE_NAME,
    auth: data.AUTH,
    doubleBooking: data.PRACTITIONER_DOUBLE_BOOKING,
  };
}

/** Opens the table, with one client for all requests of this process. */
export function connect<Repositories>(
  { auth, tableName, doubleBooking }: Environment,
  createRepositories: (
    table: Table,
    doubleBooking: PractitionerDoubleBooking,
    scope: RequestScope,
  ) => Repositories,
): Dependencies<Repositories> {
  const table = openTable(tableName);
  return {
    auth,
    repositoriesFor: (scope) => createRepositories(table, doubleBooking, scope),
  };
}
