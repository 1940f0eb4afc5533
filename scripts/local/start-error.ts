/** A reason not to start, as a sentence for the person at the terminal. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Explains an error in one sentence, if the person at the terminal can fix it. */
export function explainSystemError(error: unknown): string | undefined {
  if (error instanceof StartError) return error.message;
  const { code, path = '', port } = error as { code?: string; path?: string; port?: number };
  if (code === 'EROFS') {
    return `${path} is on a read-only file system. Use a copy of the project on a writable one.`;
  }
  if (code !== 'EACCES' && code !== 'EPERM') return undefined;
  return port === undefined
    ? `${path} cannot be written. Give your user permission to write there.`
    : `Port ${port} needs special permission. Set PORT and DYNAMODB_PORT to ports above 1023.`;
}
