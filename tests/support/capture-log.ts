import { jest } from '@jest/globals';

/** The lines that the functions log from now on, parsed, instead of printing them. */
export function captureLog(): unknown[] {
  const lines: unknown[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
  return lines;
}
