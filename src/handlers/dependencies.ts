import type { Repositories } from '../domain/repositories.ts';
import { connectRepositories } from '../repositories/repositories.ts';
import type { RequestScope } from '../repositories/table.ts';
import { readEnvironment } from './environment.ts';
import type { AuthMode } from './http/access.ts';

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
