import { describe, expect, it } from '@jest/globals';
import { SeenRows } from '../../../scripts/people-import/seen-rows.ts';

describe('the rows that were seen', () => {
  it('are remembered by their ids, with line and content, as many as there are', () => {
    const seen = new SeenRows();
    const rows = Array.from({ length: 200_000 }, (_, row) => row);
    expect(rows.filter((row) => seen.see(`id-${row}`, `content-${row}`, row + 2))).toEqual([]);

    for (let row = 0; row < rows.length; row += 997) {
      const line = row + 2;
      expect(seen.see(`id-${row}`, `content-${row}`, 0)).toEqual({ line, isSame: true });
      expect(seen.see(`id-${row}`, 'other', 0)).toEqual({ line, isSame: false });
      expect(seen.see(`ID-${row}`, 'other', line)).toBeUndefined();
    }
  });
});
