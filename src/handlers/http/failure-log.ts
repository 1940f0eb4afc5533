/**
 * Logs a failure of the service as one line of JSON, built from what cannot hold patient data: the
 * message of an error can (JSON.parse quotes the body, DynamoDB quotes values), so only its name and
 * the frames of its stack are taken.
 */
export function logFailure(requestId: string, code: string, error: unknown): void {
  const line = { level: 'ERROR', request_id: requestId, code, errors: causes(error).map(describe) };
  console.error(JSON.stringify(line));
}

function causes(error: unknown): Error[] {
  return Error.isError(error) ? [error, ...causes(error.cause)] : [];
}

function describe(error: Error) {
  const heading = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  const stack = error.stack?.startsWith(heading) === true ? error.stack.slice(heading.length) : '';
  return { name: error.name, stack: stack.trim().split(/\n\s*/) };
}
