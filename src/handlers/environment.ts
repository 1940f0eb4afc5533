import * as z from 'zod/mini';

const environment = z.object({
  TABLE_NAME: z
    .string({ error: 'is not set: it names the DynamoDB table of the service' })
    .check(z.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'is not the name of a DynamoDB table')),
});

export interface Environment {
  readonly tableName: string;
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
  return { tableName: data.TABLE_NAME };
}
