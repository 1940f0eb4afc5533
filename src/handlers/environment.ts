import * as z from 'zod/mini';
import {
  PRACTITIONER_DOUBLE_BOOKING,
  type PractitionerDoubleBooking,
  type Repositories,
} from '../domain/repositories.ts';
import { connectRepositories } from '../repositories/repositories.ts';
import type { RequestScope } from '../repositories/table.ts';
import { AUTH_MODES, type AuthMode } from './http/access.ts';

/** What a function is given. */
export interface Dependencies {
  readonly auth: AuthMode;
  readonly repositoriesFor: (scope: RequestScope) => Repositories;
}

/** What a function is given by its environment. */
export function dependenciesOf(variables: NodeJS.ProcessEnv): Dependencies {
  const { auth, tableName, doubleBooking } = readEnvironment(variables);
  return { auth, repositoriesFor: connectRepositories(tableName, doubleBooking) };
}

const environment = z.object({
  TABLE_NAME: z
    .string({ error: 'is not set: it names the DynamoDB table of the service' })
    .check(z.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'is not the name of a DynamoDB table')),
  AUTH: z.enum(AUTH_MODES, `is not set to who may call: ${AUTH_MODES.join(', ')}`),
  PRACTITIONER_DOUBLE_BOOKING: z.enum(
    PRACTITIONER_DOUBLE_BOOKING,
    `is not set to ${PRACTITIONER_DOUBLE_BOOKING.join(' or ')}`,
  ),
});

export interface Environment {
  readonly tableName: string;
  readonly auth: AuthMode;
  readonly doubleBooking: PractitionerDoubleBooking;
}

/**
 * Reads what the functions take from the environment.
 *
 * @throws Error that names each variable that is missing or wrong
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
