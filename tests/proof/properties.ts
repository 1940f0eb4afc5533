import { DESIGNED_FAULTS, FAULTS, RETRIES } from './faults.ts';
import { HISTORIES, READ_YOUR_WRITE } from './histories.ts';
import { CANARIES, MALFORMED } from './malformed.ts';
import type { Property } from './property.ts';
import { MANY_WRITERS_MANY_DAYS, ONE_OF_MANY_AT_ONCE } from './races.ts';

export const PROPERTIES: readonly Property[] = [
  ONE_OF_MANY_AT_ONCE,
  MANY_WRITERS_MANY_DAYS,
  FAULTS,
  DESIGNED_FAULTS,
  RETRIES,
  READ_YOUR_WRITE,
  HISTORIES,
  MALFORMED,
  CANARIES,
];
