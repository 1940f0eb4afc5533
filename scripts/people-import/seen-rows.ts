import { hash } from 'node:crypto';

/** 32-bit words of an entry: two of the id's hash, one of the content's, and the line. */
const WORDS = 4;
const FIRST_ENTRIES = 1 << 16;

/**
 * Remembers which ids a file had, in which line and with what. It keeps hashes and not the ids: a million
 * rows take 34 MB. That two of a million ids have the same hash has a chance of 1 in 30 million.
 */
export class SeenRows {
  #entries = new Uint32Array(FIRST_ENTRIES * WORDS);
  #count = 0;

  /** Remembers a row, unless its id was there: then returns the line of that row, and whether it was the same. */
  see(
    id: string,
    content: string,
    line: number,
  ): { readonly line: number; readonly isSame: boolean } | undefined {
    // An empty entry has line 0.
    const entry = Uint32Array.of(...words(id, 2), ...words(content, 1), line);
    const at = this.#find(entry);
    const [, , contentThere, lineThere = 0] = this.#entries.subarray(at, at + WORDS);
    if (lineThere !== 0) return { line: lineThere, isSame: contentThere === entry[2] };
    this.#entries.set(entry, at);
    this.#count += 1;
    if (this.#count > (this.#entries.length / WORDS) * 0.75) this.#grow();
    return undefined;
  }

  /** Where the entry with this id is, or where it belongs. */
  #find(entry: Uint32Array): number {
    const entries = this.#entries.length / WORDS;
    for (let index = (entry[0] ?? 0) % entries; ; index = (index + 1) % entries) {
      const at = index * WORDS;
      const isFree = this.#entries[at + 3] === 0;
      const isThis = this.#entries[at] === entry[0] && this.#entries[at + 1] === entry[1];
      if (isFree || isThis) return at;
    }
  }

  #grow(): void {
    const before = this.#entries;
    this.#entries = new Uint32Array(before.length * 2);
    for (let at = 0; at < before.length; at += WORDS) {
      const entry = before.subarray(at, at + WORDS);
      if (entry[3] !== 0) this.#entries.set(entry, this.#find(entry));
    }
  }
}

function words(text: string, count: number): number[] {
  // As text: two buffers a row would be a burden outside the heap.
  const digest = hash('sha256', text, 'hex');
  return Array.from({ length: count }, (_, word) =>
    Number.parseInt(digest.slice(word * 8, (word + 1) * 8), 16),
  );
}
