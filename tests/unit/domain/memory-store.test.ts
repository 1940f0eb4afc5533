import { createMemoryStore } from '../../support/memory-store.ts';
import { describePorts } from '../../support/ports-contract.ts';

describePorts(async () => {
  const data = createMemoryStore('allow');
  return Promise.resolve({
    open: (doubleBooking) => createMemoryStore(doubleBooking, data),
    add: async (...people) => {
      for (const one of people) {
        if ('patientId' in one) data.patients.set(one.patientId, one);
        else data.practitioners.set(one.practitionerId, one);
      }
      return Promise.resolve();
    },
  });
});
