import { beforeEach, jest } from '@jest/globals';

/** Collects the functions' log lines of each test, parsed, instead of printing them. */
export function captureLog(): unknown[] {
  const lines: unknown[] = [];
  beforeEach(() => {
    lines.length = 0;
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)));
    return true;
  });
  return lines;
}
