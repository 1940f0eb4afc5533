import { createMemoryStore } from '../../support/memory-store.ts';
import { describePorts } from '../../support/ports-contract.ts';

describePorts(async () => {
  const data = createMemoryStore('allow');
  return Promise.resolve((doubleBooking) => createMemoryStore(doubleBooking, data));
});
