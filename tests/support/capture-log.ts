import { jest } from '@jest/globals';

/** Collects the functions' log lines, parsed, instead of printing them. */
export function captureLog(): unknown[] {
  const lines: unknown[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
  return lines;
}
