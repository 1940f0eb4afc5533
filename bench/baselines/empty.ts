// Does nothing, so that it measures Node.js and the process alone.
export function handler(): Promise<{ statusCode: number; body: string }> {
  return Promise.resolve({ statusCode: 200, body: '[]' });
}
